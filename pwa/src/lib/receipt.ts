// The receipt number made on the phone: nine random Crockford base32 characters and one Damm check character.

export const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const POLYNOMIAL = 0b100101; // x^5 + x^2 + 1, primitive over GF(2)
const RANDOM_CHARACTERS = 9;

function double(value: number): number {
	const shifted = value << 1;
	return shifted & 0b100000 ? shifted ^ POLYNOMIAL : shifted;
}

/** The check value of a text: 0 for a number that ends in its own check character. */
export function checkValue(text: string): number {
	let state = 0;
	for (const character of text) {
		const value = ALPHABET.indexOf(character);
		if (value < 0) throw new RangeError(`not a character of a receipt number: ${character}`);
		state = double(state ^ value);
	}
	return state;
}

export function makeReceipt(
	random: Uint8Array = crypto.getRandomValues(new Uint8Array(RANDOM_CHARACTERS)),
): string {
	const body = Array.from(random, (byte) => ALPHABET.charAt(byte & 31)).join('');
	return body + ALPHABET.charAt(checkValue(body));
}

/** What people type (spaces, hyphens, small letters, O for 0, I or L for 1) as the ten plain characters. */
export function plainReceipt(typed: string): string {
	return typed
		.toUpperCase()
		.replace(/[^0-9A-Z]/g, '')
		.replace(/O/g, '0')
		.replace(/[IL]/g, '1');
}

export function isReceipt(typed: string): boolean {
	const plain = plainReceipt(typed);
	if (plain.length !== RANDOM_CHARACTERS + 1) return false;
	return [...plain].every((c) => ALPHABET.includes(c)) && checkValue(plain) === 0;
}

/** Shown in groups: XXXX-XXXX-XX. */
export function receiptText(plain: string): string {
	return [plain.slice(0, 4), plain.slice(4, 8), plain.slice(8)].filter(Boolean).join('-');
}

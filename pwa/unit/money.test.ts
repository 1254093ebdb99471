// Rupiah in words and in full, and messages made short by the build.
import { expect, test } from 'vitest';
import { percent, rupiah, shortRupiah } from '../src/lib/money';
import { shortened } from '../tools/words';

/** As it is written: an amount holds together at a line's end. */
const whole = (said: string) => said.replaceAll(' ', '\u00a0');

test.each([
	['1166210000000.00', 'Rp 1.166,21 M'],
	['2554770000000.00', 'Rp 2.554,77 M'],
	['999995000.00', 'Rp 1.000,00 jt'],
	['360000000.00', 'Rp 360,00 jt'],
	['-303890000000.00', '-Rp 303,89 M'],
	['999999.50', 'Rp 999.999,50'],
	['0.00', 'Rp 0'],
])('%s is said as %s', (amount, said) => {
	expect(shortRupiah(amount)).toBe(whole(said));
});

test('the whole amount keeps its sen', () => {
	expect(rupiah('7443475000.06')).toBe(whole('Rp 7.443.475.000,06'));
	expect(rupiah('1250000.00')).toBe(whole('Rp 1.250.000'));
	expect(percent(1.2589)).toBe(whole('125,9 %'));
});

const message = (id: string, en: string, inputs = '') => `
const id_x = /** @type {(inputs: XInputs) => LocalizedString} */ (${inputs}) => {
	return /** @type {LocalizedString} */ (\`${id}\`)
};

const en_x = /** @type {(inputs: XInputs) => LocalizedString} */ (${inputs}) => {
	return /** @type {LocalizedString} */ (\`${en}\`)
};

export const x = /** @type {any} */ ((inputs = {}, options = {}) => id_x(inputs));`;

test('a message of two texts is made short, any other is left as it is', () => {
	expect(shortened(message('Akun', 'Account'))).toMatch(/said\(\(\) => `Akun`, \(\) => `Account`\)/);
	expect(shortened(message('Semua (${i?.count})', 'All (${i?.count})', 'i'))).toContain(
		'(i) => `Semua (${i?.count})`',
	);
	expect(shortened('export const x = () => match(plural)')).toBeUndefined();
});

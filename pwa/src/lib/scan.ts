// What a scanned or typed text says: one of our letters, a code that leads somewhere else, or no letter at all.
import { ALPHABET, plainReceipt } from './receipt';

export const CODE_LENGTH = 18;
/** 96 bits over the letter's data, in base64url: the part that only the printed QR carries. */
const FRAGMENT = /^#[\w-]{16}$/;

export type Scanned = { letter: string } | { elsewhere: string } | 'other';
export type CodeFault = { length: number } | { letters: string };

/** The 18 characters as the city keeps them, or what is wrong with them. */
export function codeIn(typed: string): { code: string } | CodeFault {
	const code = plainReceipt(typed);
	if (code.length !== CODE_LENGTH) return { length: code.length };
	const strange = [...new Set(code)].filter((one) => !ALPHABET.includes(one));
	return strange.length > 0 ? { letters: strange.join(', ') } : { code };
}

/**
 * Where a QR leads. Only `https://OUR-HOST/v/CODE#FRAGMENT` is one of our letters, and what is opened is put
 * together anew from its parts; a code of another host is named by that host, which is how stickers are found out.
 */
export function scanned(text: string, ours: Pick<Location, 'host' | 'protocol'>): Scanned {
	let url: URL;
	try {
		url = new URL(text.trim());
	} catch {
		return 'other';
	}
	if (!/^https?:$/.test(url.protocol)) return 'other';
	// Who answers without encryption on our name is not us either.
	if (url.host !== ours.host || url.protocol !== ours.protocol) return { elsewhere: url.host };
	const found = codeIn(/^\/v\/([\w-]+)\/?$/.exec(url.pathname)?.[1] ?? '');
	if (!('code' in found)) return 'other';
	return { letter: `/v/${found.code}${FRAGMENT.test(url.hash) ? url.hash : ''}` };
}

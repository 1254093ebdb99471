// One part of a file on its way to the server, with the SHA-256 that it is checked by.
import { Fault } from './gql/transport';

/** Time for one part: enough for 24 kbit/s with parts of 256 KiB, for 200 kbit/s with parts of 2 MiB. */
const PART_TIMEOUT_MS = 90_000;
const HEX = 16;

/** The SHA-256 of these bytes in hexadecimal. */
export async function hashOf(bytes: ArrayBuffer): Promise<string> {
	const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
	return Array.from(digest, (byte) => byte.toString(HEX).padStart(2, '0')).join('');
}

/**
 * Send one part; 204 says that it arrived whole, and what another answer means differs from file to file.
 * @throws Fault("offline") without an answer
 */
export async function putPart(url: string, bytes: ArrayBuffer): Promise<Response> {
	const sha256 = await hashOf(bytes);
	try {
		return await fetch(url, {
			method: 'PUT',
			headers: { 'content-type': 'application/octet-stream', 'x-part-sha256': sha256 },
			credentials: 'same-origin',
			cache: 'no-store',
			body: bytes,
			signal: AbortSignal.timeout(PART_TIMEOUT_MS),
		});
	} catch {
		throw new Fault('offline');
	}
}

/** How many seconds the server asks to wait before the next try. */
export const waitOf = (response: Response): number | undefined =>
	Number(response.headers.get('retry-after')) || undefined;

// Sends a file of the budget in parts of 2 MiB: only what the server lacks, each with its SHA-256, never whole in memory.
import { Fault } from '../../lib/gql/transport';

export const PART = 2 * 1024 * 1024;
/** Time for one part: enough for 200 kbit/s. */
const PART_TIMEOUT_MS = 90_000;
const HEX = 16;
const TRIES = 4;
const PAUSE_MS = 1500;

/** The bytes are not those that were announced. */
export class OtherFile extends Error {}

/** How much of the work is done, from 0 to 1. */
export type Share = (share: number) => void;

/** Files that were chosen on this screen, by import: a reload forgets them, and the person chooses again. */
export const chosen = new Map<string, File>();

async function hashOf(part: Blob): Promise<{ bytes: ArrayBuffer; sha256: string }> {
	const bytes = await part.arrayBuffer();
	const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
	return { bytes, sha256: Array.from(digest, (byte) => byte.toString(HEX).padStart(2, '0')).join('') };
}

const partOf = (file: File, number: number) => file.slice(number * PART, (number + 1) * PART);

/** The SHA-256 of each part, in order. */
export async function hashes(file: File, share: Share): Promise<string[]> {
	const count = Math.ceil(file.size / PART);
	const found: string[] = [];
	for (let number = 0; number < count; number++) {
		found.push((await hashOf(partOf(file, number))).sha256);
		share((number + 1) / count);
	}
	return found;
}

async function put(url: string, part: Blob): Promise<void> {
	const { bytes, sha256 } = await hashOf(part);
	let response: Response;
	try {
		response = await fetch(url, {
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
	if (response.status === 204) return;
	if (response.status === 413 || response.status === 422) throw new OtherFile();
	if (response.status === 401) throw new Fault('login');
	const wait = Number(response.headers.get('retry-after')) || undefined;
	throw new Fault(response.status === 404 ? 'server' : 'busy', undefined, wait);
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** One part, a few times where the line is poor. */
async function tried(url: string, part: Blob): Promise<void> {
	for (let turn = 1; ; turn++) {
		try {
			return await put(url, part);
		} catch (error) {
			const again = error instanceof Fault && (error.kind === 'busy' || error.kind === 'offline');
			if (!again || turn >= TRIES) throw error;
			await pause(Math.max(PAUSE_MS * turn, (error.retryAfter ?? 0) * 1000));
		}
	}
}

/**
 * Send what the server lacks.
 * @throws Fault when it may be tried again (nothing that arrived travels twice), OtherFile for another file
 */
export async function send(
	file: File,
	to: { url: string; size: number; missing: readonly number[] },
	share: Share,
): Promise<void> {
	const count = Math.ceil(file.size / PART);
	let here = count - to.missing.length;
	share(here / count);
	for (const number of to.missing) {
		await tried(`${to.url}/${number}`, partOf(file, number));
		here += 1;
		share(here / count);
	}
}

// Sends a file of the budget in parts of 2 MiB: only what the server lacks, each with its SHA-256, never whole in memory.
import { Fault } from '../../lib/gql/transport';
import { hashOf, putPart, waitOf } from '../../lib/part';

export const PART = 2 * 1024 * 1024;
const TRIES = 4;
const PAUSE_MS = 1500;

/** The bytes are not those that were announced. */
export class OtherFile extends Error {}

/** How much of the work is done, from 0 to 1. */
export type Share = (share: number) => void;

/** Files that were chosen on this screen, by import: a reload forgets them, and the person chooses again. */
export const chosen = new Map<string, File>();

const partOf = (file: File, number: number) => file.slice(number * PART, (number + 1) * PART);

/** The SHA-256 of each part, in order. */
export async function hashes(file: File, share: Share): Promise<string[]> {
	const count = Math.ceil(file.size / PART);
	const found: string[] = [];
	for (let number = 0; number < count; number++) {
		found.push(await hashOf(await partOf(file, number).arrayBuffer()));
		share((number + 1) / count);
	}
	return found;
}

async function put(url: string, part: Blob): Promise<void> {
	const response = await putPart(url, await part.arrayBuffer());
	if (response.status === 204) return;
	if (response.status === 413 || response.status === 422) throw new OtherFile();
	if (response.status === 401) throw new Fault('login');
	throw new Fault(response.status === 404 ? 'server' : 'busy', undefined, waitOf(response));
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

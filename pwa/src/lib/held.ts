// Letters that a head may read and decide without a signal: sealed on the phone, each with what may be approved today.
import type { Operation } from './gql/operation';
import { keep, keptOnly } from './reads.svelte';
import { type Prepared, prepare, type Seen, stands } from './signing';
import { type Opened, openLetter } from './tickets';

type Held = Seen & { prepared: Prepared; pdf: string };
/** Laid down beside the person's other reads, under the same key; the server knows no such document. */
const HELD: Operation<Held | null, { id: string }> = { name: 'HeldLetter', sha256: '' };
const MOST = 20;
const CHUNK = 8192;

async function packed(blob: Blob): Promise<string> {
	const bytes = new Uint8Array(await blob.arrayBuffer());
	let text = '';
	for (let at = 0; at < bytes.length; at += CHUNK)
		text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
	return btoa(text);
}

/** The letter as it lies here, while it may still be decided today. */
export async function held(
	id: string,
): Promise<{ file: Opened; seen: Seen; prepared: Prepared } | undefined> {
	const found = await keptOnly(HELD, { id });
	if (!found || !stands(found.prepared)) return undefined;
	const { pdf, prepared, letterId, version, sha256 } = found;
	const bytes = Uint8Array.from(atob(pdf), (character) => character.charCodeAt(0));
	const blob = new Blob([bytes], { type: 'application/pdf' });
	return {
		file: { blob, mediaType: 'PDF', sha256 },
		seen: { letterId, version, sha256 },
		prepared,
	};
}

async function hold(id: string): Promise<void> {
	const letter = await openLetter(id, true);
	if (!letter.ok || letter.version === undefined || !letter.letterId) return;
	const seen = { letterId: letter.letterId, version: letter.version, sha256: letter.ok.sha256 };
	const { ok: prepared } = await prepare([seen], true);
	if (!prepared || prepared.secondNeeded) return;
	await keep(HELD, { id }, { ...seen, prepared, pdf: await packed(letter.ok.blob) });
}

/** Fetch what waits, one after the other; what lies here as it is now is not fetched again. */
export async function holdLetters(
	items: readonly { id: string; version: number; letter: { sha256: string | null } | null }[],
): Promise<void> {
	for (const item of items.slice(0, MOST)) {
		const found = await held(item.id).catch(() => undefined);
		const same = found?.seen.version === item.version && found.seen.sha256 === item.letter?.sha256;
		if (!same) await hold(item.id).catch(() => undefined);
	}
}

// The outbox as screens see it: what waits, and the one way to put a write into it.
import { getLocale } from '../../paraglide/runtime';
import { NOBODY } from '../db';
import type { Operation } from '../gql/operation';
import { Fault } from '../gql/transport';
import { currentOwner, lastOwner, shutAway } from '../owner';
import type { Outcome, Success } from '../send';
import type { Entry, Page, Refusal, Reused, WriteName } from '../store';
import { sweep } from '../sweep';
import { drain, LONGEST_WAIT_MS, type Progress, QUIET } from './drain';
import { entriesOf, entryOf, putEntry, removeEntry, saveEntry } from './entries';

const CHANNEL = 'lugas-outbox';
const SWEEP_AFTER_MS = 8_000;
/** So long a screen waits for the answer to an act; then the act waits in the outbox and the person goes on. */
const PATIENCE_MS = 8_000;
/** A share that has not moved for so long belongs to a tab or worker that is gone. */
const STALE_MS = 100_000;
const channel = new BroadcastChannel(CHANNEL);

class Outbox {
	entries = $state.raw<Entry[]>([]);
	/** What is on its way right now, in this tab or elsewhere: the share of its files that has arrived. */
	shares = $state.raw<Record<string, { share: number; at: number }>>({});
	/** True once the phone's database has been read. */
	loaded = $state(false);
	/** Whose writes are shown; nobody else's are. */
	person = $state<string>();
	/** Someone logged in here has not logged out, though their session may be over. */
	someone = $state(false);
	/** Unsent writes that wait until that person logs in again. */
	shut = $state(0);
	mine = $derived(this.entries.filter((entry) => !QUIET.has(entry.write)));
	waiting = $derived(this.mine.filter((entry) => entry.state === 'queued'));
	failed = $derived(this.mine.filter((entry) => entry.state === 'failed'));

	/** The entry that became, or will become, the case with this number. */
	byNumber(number: string): Entry | undefined {
		return this.mine.find(
			(entry) => entry.number === number && /^Submit(Assisted)?Application$/.test(entry.write),
		);
	}

	/** What lies here about this case and has not reached the city. */
	unsentOf(number: string): Entry[] {
		return this.mine.filter((entry) => entry.number === number && entry.state !== 'sent');
	}

	/** How much of it has arrived, in whole percent, while it is on its way; undefined while it waits. */
	percent(entry: Entry): number | undefined {
		const held = entry.state === 'queued' ? this.shares[entry.key] : undefined;
		return held && Math.floor(held.share * 99);
	}

	async reload(): Promise<void> {
		const person = await currentOwner();
		this.entries = await entriesOf(person);
		this.person = person;
		this.someone = (await lastOwner()) !== NOBODY;
		this.shut = await shutAway();
		this.loaded = true;
	}

	heed(progress: Progress | undefined): void {
		const now = Date.now();
		const kept = Object.entries(this.shares).filter(
			([key, held]) => key !== progress?.key && held.at > now - STALE_MS,
		);
		if (progress?.share !== undefined) kept.push([progress.key, { share: progress.share, at: now }]);
		this.shares = Object.fromEntries(kept);
		if (progress?.share === undefined) void this.reload().catch(() => undefined);
	}
}
export const outbox = new Outbox();

function tell(progress?: Progress): void {
	channel.postMessage(progress ?? 'changed');
	outbox.heed(progress);
}

let running: Promise<void> | undefined;

/** Try to send now; a second call while one runs waits for that one and looks once more. */
export function sendNow(all = false): Promise<void> {
	const before = running ?? Promise.resolve();
	const mine = before.then(() => drain(getLocale(), tell, all)).catch(() => undefined);
	running = mine;
	return mine;
}

/** Everything that waits is due at once: there is signal again, or the person pressed "send now". */
export const hurry = (): Promise<void> => sendNow(true);

export type NewEntry = {
	person: string;
	write: WriteName;
	input: Record<string, unknown>;
	pages?: Page[];
	reused?: Reused[];
	title: string;
	number: string;
	/** Goes away in the same transaction in which the entry appears. */
	draft?: string;
};

async function put(given: NewEntry): Promise<Entry> {
	const { draft, pages = [], ...rest } = given;
	const entry: Entry = {
		...rest,
		pages: $state.snapshot(pages) as Page[],
		input: $state.snapshot(rest.input) as Record<string, unknown>,
		reused: $state.snapshot(rest.reused) as Reused[] | undefined,
		key: crypto.randomUUID(),
		state: 'queued',
		attempts: 0,
		nextAt: 0,
		createdAt: Date.now(),
	};
	// The same act on the same case, refused before and written anew: this one stands for both.
	const replaced = (await entriesOf(entry.person)).filter(
		(old) => old.state === 'failed' && old.write === entry.write && old.number === entry.number,
	);
	await putEntry(
		entry,
		draft,
		replaced.map((old) => old.key),
	);
	tell();
	return entry;
}

async function askForSync(): Promise<void> {
	const registration = await navigator.serviceWorker?.getRegistration();
	await (registration as { sync?: { register(tag: string): Promise<void> } } | undefined)?.sync
		?.register(CHANNEL)
		.catch(() => undefined);
}

/** Put a write on disk and begin to send it; returns as soon as it is safe on disk. */
export async function enqueue(given: NewEntry): Promise<Entry> {
	const entry = await put(given);
	void askForSync();
	void sendNow();
	return entry;
}

export type Settled =
	| { kind: 'sent'; answer: unknown }
	| { kind: 'refused'; refusal: Refusal }
	| { kind: 'waiting' };

/** Put a write on disk, try once, and say how it went; what was answered here leaves the outbox unless `keep`. */
export async function submit(given: NewEntry, keep = false): Promise<Settled> {
	const { key } = await put(given);
	void askForSync();
	await Promise.race([sendNow(), new Promise((done) => setTimeout(done, PATIENCE_MS))]);
	const entry = await entryOf(key);
	if (!entry || entry.state === 'queued') return { kind: 'waiting' };
	const typed = keep && entry.refusal?.__typename !== 'InvalidInput';
	if (entry.state === 'sent' || !typed) {
		await removeEntry(entry);
		tell();
	}
	if (entry.write === 'SignLetters' && entry.answer) return { kind: 'sent', answer: entry.answer };
	if (entry.state === 'failed' && entry.refusal) return { kind: 'refused', refusal: entry.refusal };
	return { kind: 'sent', answer: entry.answer };
}

/** What the screen says about an act: done, refused, or (`waiting`) safe on the phone until it can be sent. */
export type Acted<S> = Outcome<S> & { waiting?: boolean };

/**
 * An act on a case, with the version that was seen. `keep`: something was typed; a refusal that is not about a
 * field leaves it in the outbox too, until it is done anew or dropped.
 */
export async function act<D, I extends { idempotencyKey: string }>(
	operation: Operation<D, { input: I }>,
	input: Omit<I, 'idempotencyKey'>,
	about: { title: string; number: string; keep?: boolean },
): Promise<Acted<Success<D>>> {
	const person = await currentOwner();
	const { keep, ...named } = about;
	try {
		const write = operation.name as WriteName;
		const settled = await submit({ person, write, input: input as Record<string, unknown>, ...named }, keep);
		if (settled.kind === 'waiting') return { waiting: true };
		if (settled.kind === 'refused') return refusedAs(settled.refusal);
		return { ok: settled.answer as Success<D> };
	} catch {
		// A phone that can keep nothing: the act was not done, and what was typed stands on the screen.
		return { fault: new Fault('server', 'disk') };
	}
}

/** A refusal without words is a fault: it gets the words that faults have. */
function refusedAs(refusal: Refusal): { problem?: Refusal; fault?: Fault } {
	return refusal.message ? { problem: refusal } : { fault: new Fault('refused', refusal.code) };
}

/** Throw an entry away with its files; only ever at the person's own word. */
export async function discard(key: string): Promise<void> {
	const entry = await entryOf(key);
	if (entry) await removeEntry(entry);
	tell();
}

/** Send the same again, e.g. after a fault of ours; `version` when the person saw the case as it is now. */
export async function retry(entry: Entry, version?: number): Promise<void> {
	const again = {
		...entry,
		state: 'queued',
		attempts: 0,
		nextAt: 0,
		refusal: undefined,
		answer: undefined,
	} as Entry;
	if (version === undefined) await saveEntry(again);
	else {
		// Another body under the same key would be refused: this is a new act.
		const key = crypto.randomUUID();
		await putEntry({ ...again, key, input: { ...entry.input, version } }, undefined, [entry.key]);
	}
	tell();
	void askForSync();
	await hurry();
}

export function startOutbox(): void {
	channel.onmessage = ({ data }) => outbox.heed(typeof data === 'object' ? (data as Progress) : undefined);
	addEventListener('online', () => void hurry());
	// Back from the background, from another page, or from the browser's memory.
	addEventListener('pageshow', ({ persisted }) => persisted && void hurry());
	document.addEventListener('visibilitychange', () => {
		if (document.visibilityState === 'visible') void hurry();
	});
	setInterval(() => {
		if (outbox.waiting.length > 0) void sendNow();
	}, LONGEST_WAIT_MS / 10);
	void outbox
		.reload()
		.then(() => {
			if (outbox.waiting.length > 0) void askForSync();
			return hurry();
		})
		.catch(() => undefined);
	// Nobody waits for tidying up.
	setTimeout(() => void sweep().catch(() => undefined), SWEEP_AFTER_MS);
}

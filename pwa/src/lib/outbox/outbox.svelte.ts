// The outbox as screens see it: what waits, and the one way to put a write into it.
import { getLocale } from '../../paraglide/runtime';
import { database, type Entry, type Page, type Refusal, recall, type WriteName } from '../store';
import { sweep } from '../sweep';
import { drain, LONGEST_WAIT_MS } from './drain';

const CHANNEL = 'lugas-outbox';
const SWEEP_AFTER_MS = 8_000;
const channel = new BroadcastChannel(CHANNEL);

class Outbox {
	entries = $state.raw<Entry[]>([]);
	sending = $state(false);
	/** True once the phone's database has been read. */
	loaded = $state(false);
	/** Whoever used the phone last; nobody else's writes are shown. */
	person = $state<string>();
	mine = $derived(this.entries.filter((entry) => entry.person === this.person));
	waiting = $derived(this.mine.filter((entry) => entry.state === 'queued'));
	failed = $derived(this.mine.filter((entry) => entry.state === 'failed'));

	/** The entry that became, or will become, the case with this number. */
	byNumber(number: string): Entry | undefined {
		return this.mine.find((entry) => entry.number === number && entry.write === 'SubmitApplication');
	}

	async reload(): Promise<void> {
		const entries = await (await database()).getAll('outbox');
		this.person = await recall<string>('person');
		this.entries = entries.sort((a, b) => b.createdAt - a.createdAt);
		this.loaded = true;
	}
}
export const outbox = new Outbox();

function tell(): void {
	channel.postMessage('changed');
	void outbox.reload();
}

let running: Promise<void> | undefined;

/** Try to send now; a second call while one runs waits for that one and looks once more. */
export function sendNow(all = false): Promise<void> {
	const before = running ?? Promise.resolve();
	const mine = before.then(async () => {
		outbox.sending = true;
		try {
			await drain(getLocale(), tell, all);
		} finally {
			outbox.sending = false;
		}
	});
	running = mine.catch(() => undefined);
	return running;
}

/** Everything that waits is due at once: there is signal again, or the person pressed "send now". */
export const hurry = (): Promise<void> => sendNow(true);

export type NewEntry = {
	person: string;
	write: WriteName;
	input: Record<string, unknown>;
	pages?: Page[];
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
		key: crypto.randomUUID(),
		state: 'queued',
		attempts: 0,
		nextAt: 0,
		createdAt: Date.now(),
	};
	const db = await database();
	const writing = db.transaction(['outbox', 'drafts'], 'readwrite', { durability: 'strict' });
	await Promise.all([
		writing.objectStore('outbox').put(entry),
		draft ? writing.objectStore('drafts').delete(draft) : undefined,
		writing.done,
	]);
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

/** Put a write on disk, try once, and say how it went; a refusal shown here is taken out of the outbox. */
export async function submit(given: NewEntry): Promise<Settled> {
	const { key } = await put(given);
	void askForSync();
	await sendNow();
	const db = await database();
	const entry = await db.get('outbox', key);
	if (entry?.state === 'failed' && entry.refusal) {
		await db.delete('outbox', key);
		tell();
		return { kind: 'refused', refusal: entry.refusal };
	}
	return entry?.state === 'sent' ? { kind: 'sent', answer: entry.answer } : { kind: 'waiting' };
}

/** Throw an entry away with its files; only ever at the person's own word. */
export async function discard(key: string): Promise<void> {
	const db = await database();
	const entry = await db.get('outbox', key);
	await Promise.all((entry?.pages ?? []).map((page) => db.delete('files', page.id)));
	await db.delete('outbox', key);
	tell();
}

export function startOutbox(): void {
	channel.onmessage = () => void outbox.reload();
	addEventListener('online', () => void hurry());
	document.addEventListener('visibilitychange', () => {
		if (document.visibilityState === 'visible') void hurry();
	});
	setInterval(() => {
		if (outbox.waiting.length > 0) void sendNow();
	}, LONGEST_WAIT_MS / 10);
	void outbox.reload().then(() => sendNow());
	// Nobody waits for tidying up.
	setTimeout(() => void sweep().catch(() => undefined), SWEEP_AFTER_MS);
}

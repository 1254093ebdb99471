// The rows of the outbox: opened, changed and put back, always sealed for their person.
import { database, type Row } from '../db';
import { forgetDraft } from '../forgotten';
import { OwnerGone, open, openAll, seal } from '../seal';
import type { Entry } from '../store';

async function rowOf(entry: Entry): Promise<Row> {
	return {
		id: entry.key,
		owner: entry.person,
		at: entry.createdAt,
		// What was delivered holds on to no bytes, and waits for nobody.
		files: entry.state === 'sent' ? undefined : entry.pages.map((page) => page.id),
		box: await seal(entry.person, 'outbox', entry.key, entry),
	};
}

/** Everything this person wrote here, the newest first. */
export async function entriesOf(person: string): Promise<Entry[]> {
	const rows = await (await database()).getAllFromIndex('outbox', 'owner', person);
	return (await openAll<Entry>(person, 'outbox', rows)).sort((a, b) => b.createdAt - a.createdAt);
}

export async function entryOf(key: string): Promise<Entry | undefined> {
	const row = await (await database()).get('outbox', key);
	return row && open<Entry>(row.owner, 'outbox', key, row.box);
}

/**
 * Put a new write on disk. `draft` goes away in the same transaction, and so do the entries that it replaces.
 * @throws OwnerGone when its person has logged out meanwhile
 */
export async function putEntry(
	entry: Entry,
	draft?: string,
	replaced: readonly string[] = [],
): Promise<void> {
	const row = await rowOf(entry);
	const places = ['outbox', 'drafts', 'keys', 'kv'] as const;
	const work = (await database()).transaction(places, 'readwrite', { durability: 'strict' });
	const there = await work.objectStore('keys').getKey(entry.person);
	if (there) {
		await work.objectStore('outbox').put(row);
		if (draft) await forgetDraft(work.objectStore('drafts'), work.objectStore('kv'), draft);
		for (const key of replaced) await work.objectStore('outbox').delete(key);
	}
	await work.done;
	if (!there) throw new OwnerGone();
}

/** Put a changed entry back, unless the person threw it away while it was on its way. */
export async function saveEntry(entry: Entry): Promise<void> {
	let row: Row;
	try {
		row = await rowOf(entry);
	} catch (error) {
		if (error instanceof OwnerGone) return;
		throw error;
	}
	const work = (await database()).transaction('outbox', 'readwrite', { durability: 'strict' });
	if (await work.store.getKey(entry.key)) await work.store.put(row);
	await work.done;
}

/** Take an entry out; with its files unless something else holds them now. */
export async function removeEntry(entry: Pick<Entry, 'key' | 'pages'>, keepFiles = false): Promise<void> {
	const work = (await database()).transaction(['outbox', 'files'], 'readwrite');
	await work.objectStore('outbox').delete(entry.key);
	if (!keepFiles) for (const page of entry.pages) await work.objectStore('files').delete(page.id);
	await work.done;
}

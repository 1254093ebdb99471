// Moves in what an earlier version of the app left in its own database unsealed, then deletes that database.
import { type IDBPDatabase, openDB } from 'idb';
import { database, NOBODY, PUBLIC, recall, remember } from './db';
import { alone } from './outbox/alone';
import { makeKeys, putRow, seal, sealBytes, sealedName } from './seal';

const FORMER = 'lugas';
type Held = { person?: string; changedAt?: number; createdAt?: number; pages: { id: string }[] };

async function isThere(): Promise<boolean> {
	const known = await indexedDB.databases?.();
	return known ? known.some((one) => one.name === FORMER) : !(await recall('moved'));
}

async function moveForms(old: IDBPDatabase): Promise<Map<string, string>> {
	const holders = new Map<string, string>();
	for (const [place, id] of [
		['outbox', 'key'],
		['drafts', 'id'],
	] as const) {
		for (const value of (await old.getAll(place)) as (Held & Record<string, string>)[]) {
			const owner = value.person ?? NOBODY;
			const own = value[id] ?? '';
			const files = value.pages.map((page) => page.id);
			for (const file of files) holders.set(file, owner);
			await makeKeys(owner);
			const at = value.changedAt ?? value.createdAt ?? Date.now();
			await putRow(place, { id: own, owner, at, files, box: await seal(owner, place, own, value) });
		}
	}
	return holders;
}

async function moveFiles(old: IDBPDatabase, holders: Map<string, string>): Promise<void> {
	// Bytes that no form holds had been left behind: they stay behind.
	for (const [id, owner] of holders) {
		const held = (await old.get('files', id)) as { bytes: ArrayBuffer; at?: number } | undefined;
		if (!held) continue;
		const box = await sealBytes(owner, 'files', id, held.bytes);
		await putRow('files', { id, owner, at: held.at ?? Date.now(), box });
	}
}

async function moveReads(old: IDBPDatabase, person: string | undefined): Promise<void> {
	for (const { key, data, at } of await old.getAll('reads')) {
		const [owner = '', ...rest] = String(key).split(' ');
		const text = rest.join(' ');
		if (owner === PUBLIC && !/ (Track|VerifyLetter) |"search"/.test(text)) {
			await (await database()).put('reads', { id: key, owner, at, data });
		} else if (owner === person && person) {
			const id = await sealedName(person, text);
			await putRow('reads', { id, owner, at, box: await seal(person, 'reads', id, data) });
		}
	}
}

async function move(): Promise<void> {
	const old = await openDB(FORMER, undefined, {
		blocking: (_old, _new, event) => (event.target as IDBDatabase).close(),
	});
	if (old.objectStoreNames.contains('kv')) {
		const person = (await old.get('kv', 'person')) as string | undefined;
		const viewer = await old.get('kv', 'viewer');
		if (person && !(await recall('person'))) {
			await makeKeys(person);
			if (viewer) await remember('viewer', await seal(person, 'kv', 'viewer', viewer));
			await remember('person', person);
		}
		await remember('locale', await old.get('kv', 'locale'));
		await moveFiles(old, await moveForms(old));
		await moveReads(old, person);
		await Promise.all([...old.objectStoreNames].map((place) => old.clear(place)));
	}
	old.close();
	// An old tab that is still open blocks this: its database is empty by now, and goes at the next start.
	indexedDB.deleteDatabase(FORMER);
	await remember('moved', true);
}

/** Safe to be cut off anywhere and run again; no drainer, not even an old tab's, sends meanwhile. */
export async function moveIn(): Promise<void> {
	if (await isThere()) await alone(async () => ((await isThere()) ? move() : undefined));
}

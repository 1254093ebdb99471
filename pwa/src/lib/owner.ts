// Whose phone this is now, and what happens to what lies on it when that changes.
import { database, NOBODY, PLACES, type Place, type Row, recall, remember } from './db';
import { moveIn } from './former';
import { makeKeys, open, openBytes, putRow, seal, sealBytes } from './seal';

const PATIENCE_MS = 3_000;
let settled: Promise<unknown> | undefined;

/** Whoever logged in here last and has not logged out, also when their session has ended since. */
export async function lastOwner(): Promise<string> {
	// An old tab may hold what has to be moved; the app does not wait for it longer than a breath.
	const moving = () => moveIn().catch(() => undefined);
	settled ??= Promise.race([moving(), new Promise((done) => setTimeout(done, PATIENCE_MS))]);
	await settled;
	return (await recall<string>('person')) ?? NOBODY;
}

/**
 * Whose forms and writes are shown and sent: known at once, before the server has said who is there. Once the server
 * has said that the session is over (it ended, or was ended from another phone), theirs stay shut until they log in.
 */
export async function currentOwner(): Promise<string> {
	const owner = await lastOwner();
	return owner !== NOBODY && (await recall('viewer')) ? owner : NOBODY;
}

/** How many unsent writes of the last person wait behind their log-in. */
export async function shutAway(): Promise<number> {
	const owner = await lastOwner();
	if (owner === (await currentOwner())) return 0;
	const rows = await (await database()).getAllFromIndex('outbox', 'owner', owner);
	return rows.filter((row) => row.files !== undefined).length;
}

/** The person as the server described them last, or undefined. */
export async function recallViewer<V>(): Promise<V | undefined> {
	const owner = await lastOwner();
	const box = await recall<Row['box']>('viewer');
	return box && open<V>(owner, 'kv', 'viewer', box);
}

/** This person holds the phone now. What was made before the log-in becomes theirs. */
export async function own(person: string, viewer: unknown): Promise<void> {
	const before = await lastOwner();
	if (before !== NOBODY && before !== person) await handOver(before);
	await makeKeys(person);
	await remember('person', person);
	await remember('viewer', await seal(person, 'kv', 'viewer', viewer));
	await adopt(person);
}

/**
 * The phone changed hands without a log-out. What can be read again goes; what cannot (forms, files, unsent writes)
 * waits under its owner's seal and is opened for nobody else.
 */
async function handOver(before: string): Promise<void> {
	const work = (await database()).transaction(['reads', 'kv'], 'readwrite');
	for (const owner of [before, NOBODY]) {
		const index = work.objectStore('reads').index('owner');
		for (let at = await index.openCursor(owner); at; at = await at.continue()) await at.delete();
	}
	await Promise.all([work.objectStore('kv').delete('viewer'), work.objectStore('kv').delete('person')]);
	await work.done;
}

async function reseal(place: Place, row: Row, owner: string): Promise<void> {
	const bytes = await openBytes(row.owner, place, row.id, row.box);
	if (bytes) await putRow(place, { ...row, owner, box: await sealBytes(owner, place, row.id, bytes) });
}

/** Forms and files made before the log-in are sealed anew for the person, bytes first; each row knows its owner. */
async function adopt(person: string): Promise<void> {
	const db = await database();
	for (const place of ['files', 'drafts'] as const) {
		for (const row of await db.getAllFromIndex(place, 'owner', NOBODY)) await reseal(place, row, person);
	}
}

/** Everything of this person goes in one transaction, the key with it; so does what was made before log-in. */
export async function wipe(person: string): Promise<void> {
	const work = (await database()).transaction([...PLACES, 'keys', 'kv'] as const, 'readwrite', {
		durability: 'strict',
	});
	for (const owner of [person, NOBODY]) {
		await work.objectStore('keys').delete(owner);
		for (const place of PLACES) {
			const index = work.objectStore(place).index('owner');
			for (let at = await index.openCursor(owner); at; at = await at.continue()) await at.delete();
		}
	}
	await Promise.all([work.objectStore('kv').delete('person'), work.objectStore('kv').delete('viewer')]);
	await work.done;
}

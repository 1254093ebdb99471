// What the phone no longer needs: old answers and forms, writes delivered long ago, bytes that nothing points to.
import { database, NOBODY, PLACES, PUBLIC } from './db';
import { currentOwner, lastOwner } from './owner';
import { open } from './seal';
import type { Entry, WriteName } from './store';

export const KEPT_MS = 30 * 86_400_000;
/** What an office did needs no receipt: the case itself shows it. */
const ACTS_KEPT_MS = 86_400_000;
const RECEIPTS = new Set<WriteName>([
	'SubmitApplication',
	'SubmitAssistedApplication',
	'AnswerReturn',
	'WithdrawApplication',
]);
/** A page's bytes are written before the form that holds them: younger ones may still be about to be held. */
const ORPHAN_KEPT_MS = 86_400_000;

async function sweepReads(now: number): Promise<void> {
	const work = (await database()).transaction('reads', 'readwrite');
	for (let at = await work.store.openCursor(); at; at = await at.continue()) {
		if (at.value.at < now - KEPT_MS) await at.delete();
	}
	await work.done;
}

async function sweepDrafts(now: number): Promise<void> {
	const work = (await database()).transaction('drafts', 'readwrite');
	for (let at = await work.store.openCursor(); at; at = await at.continue()) {
		if (at.value.at < now - KEPT_MS) await at.delete();
	}
	await work.done;
}

/** Only of who is here now: another person's entries are opened for nobody. */
async function sweepSent(now: number): Promise<void> {
	const db = await database();
	const owner = await currentOwner();
	for (const row of await db.getAllFromIndex('outbox', 'owner', owner)) {
		if (row.at >= now - ACTS_KEPT_MS) continue;
		const entry = await open<Entry>(owner, 'outbox', row.id, row.box);
		const kept = entry && RECEIPTS.has(entry.write) ? KEPT_MS : ACTS_KEPT_MS;
		if (entry?.state === 'sent' && row.at < now - kept) await db.delete('outbox', row.id);
	}
}

async function sweepFiles(now: number): Promise<void> {
	const db = await database();
	// One transaction: a form that is saved meanwhile is either seen here or waits until this is done.
	const work = db.transaction(['drafts', 'outbox', 'files'], 'readwrite');
	const holders = [
		...(await work.objectStore('drafts').getAll()),
		...(await work.objectStore('outbox').getAll()),
	];
	const held = new Set(holders.flatMap((one) => one.files ?? []));
	for (let at = await work.objectStore('files').openCursor(); at; at = await at.continue()) {
		if (!held.has(at.value.id) && at.value.at < now - ORPHAN_KEPT_MS) await at.delete();
	}
	await work.done;
}

/** A key goes when nothing is sealed with it any more, and a row whose key is gone opens for nobody: it goes too. */
async function sweepOwners(): Promise<void> {
	const current = await lastOwner();
	const work = (await database()).transaction([...PLACES, 'keys'] as const, 'readwrite');
	const keys = work.objectStore('keys');
	const owners = new Set((await keys.getAllKeys()).map(String));
	const used = new Set([PUBLIC, NOBODY, current]);
	for (const place of PLACES) {
		for (let at = await work.objectStore(place).openCursor(); at; at = await at.continue()) {
			const { owner } = at.value;
			if (owner !== PUBLIC && !owners.has(owner)) await at.delete();
			else used.add(owner);
		}
	}
	for (const owner of owners) if (!used.has(owner)) await keys.delete(owner);
	await work.done;
}

export async function sweep(now: number = Date.now()): Promise<void> {
	await sweepReads(now);
	await sweepDrafts(now);
	await sweepSent(now);
	await sweepFiles(now);
	await sweepOwners();
}

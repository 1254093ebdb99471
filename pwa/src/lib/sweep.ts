// What the phone no longer needs: writes delivered long ago, and file bytes that nothing points to any more.
import { database } from './store';

const SENT_KEPT_MS = 30 * 86_400_000;
/** A page's bytes are written before the form that holds them: younger ones may still be about to be held. */
const ORPHAN_KEPT_MS = 86_400_000;

async function sweepSent(now: number): Promise<void> {
	const db = await database();
	for (const entry of await db.getAll('outbox')) {
		if (entry.state === 'sent' && entry.createdAt < now - SENT_KEPT_MS) await db.delete('outbox', entry.key);
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
	const held = new Set(holders.flatMap((one) => one.pages.map((page) => page.id)));
	const files = work.objectStore('files');
	for (const id of await files.getAllKeys()) {
		if (held.has(id)) continue;
		const at = (await files.get(id))?.at ?? 0;
		if (at < now - ORPHAN_KEPT_MS) await files.delete(id);
	}
	await work.done;
}

export async function sweep(now: number = Date.now()): Promise<void> {
	await sweepSent(now);
	await sweepFiles(now);
}

// The phone's own database. A row of a person is sealed; what lies in the open names nobody: ids, times, an owner's id.
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';

/** Who owns what was made before anybody logged in. */
export const NOBODY = 'nobody';
/** Who owns what everybody may read. */
export const PUBLIC = 'public';

/** AES-GCM: 96 bits of randomness and the sealed bytes with their tag. */
export type Box = { iv: Uint8Array<ArrayBuffer>; data: ArrayBuffer };
/**
 * `at` is when it was made or last changed; `files` are the ids of the bytes it holds on to; `version` is the one
 * that the account knows.
 */
export type Row = { id: string; owner: string; at: number; box: Box; files?: string[]; version?: number };
/** An answer that everybody may read lies open under `data`. */
export type ReadRow = Omit<Row, 'box'> & { box?: Box; data?: unknown };
/** The keys of one owner; the browser gives their bytes to nobody, this app included. */
export type Keys = { owner: string; seal: CryptoKey; name: CryptoKey };
export const PLACES = ['reads', 'drafts', 'files', 'outbox'] as const;
export type Place = (typeof PLACES)[number];

export interface Shape extends DBSchema {
	keys: { key: string; value: Keys };
	reads: { key: string; value: ReadRow; indexes: { owner: string } };
	drafts: { key: string; value: Row; indexes: { owner: string } };
	files: { key: string; value: Row; indexes: { owner: string } };
	outbox: { key: string; value: Row; indexes: { owner: string } };
	kv: { key: string; value: unknown };
}
export type Database = IDBPDatabase<Shape>;

/** The database of earlier versions of the app was `lugas`; `former.ts` empties it. */
const NAME = 'lugas-sealed';
let opened: Promise<Database> | undefined;

export function database(): Promise<Database> {
	opened ??= openDB<Shape>(NAME, 1, {
		upgrade(db) {
			for (const place of PLACES) {
				db.createObjectStore(place, { keyPath: 'id' }).createIndex('owner', 'owner');
			}
			db.createObjectStore('keys', { keyPath: 'owner' });
			db.createObjectStore('kv');
		},
		// A later version of the app in another tab must not wait for this one.
		blocking(_old, _new, event) {
			(event.target as IDBDatabase).close();
			opened = undefined;
		},
		terminated() {
			opened = undefined;
		},
	});
	// What failed once (a full disk, a private window) is tried again by whoever asks next.
	opened.catch(() => {
		opened = undefined;
	});
	return opened;
}

export async function recall<T>(key: string): Promise<T | undefined> {
	return (await (await database()).get('kv', key)) as T | undefined;
}

export async function remember(key: string, value: unknown): Promise<void> {
	await (await database()).put('kv', value, key);
}

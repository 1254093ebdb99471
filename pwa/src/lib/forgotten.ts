// Forms that are gone from this phone and still have to go from the account.
import type { IDBPObjectStore } from 'idb';
import { database, type Shape } from './db';

// biome-ignore lint/suspicious/noExplicitAny: the stores of a transaction carry its whole list of names
type Store<S extends 'drafts' | 'kv'> = IDBPObjectStore<Shape, any, S, 'readwrite'>;
export type Forgotten = { id: string; owner: string; version?: number };
const KEY = 'forgotten';

/** Delete a form, and note in the same transaction that its person's account is to forget it too. */
export async function forgetDraft(drafts: Store<'drafts'>, kv: Store<'kv'>, id: string): Promise<void> {
	const row = await drafts.get(id);
	if (!row) return;
	await drafts.delete(id);
	const noted = ((await kv.get(KEY)) as Forgotten[] | undefined) ?? [];
	await kv.put([...noted, { id, owner: row.owner, version: row.version }], KEY);
}

export async function forgottenBy(owner: string): Promise<Forgotten[]> {
	const noted = ((await (await database()).get('kv', KEY)) as Forgotten[] | undefined) ?? [];
	return noted.filter((one) => one.owner === owner);
}

/** The account has forgotten them. */
export async function forgetForgotten(ids: readonly string[]): Promise<void> {
	const work = (await database()).transaction('kv', 'readwrite');
	const noted = ((await work.store.get(KEY)) as Forgotten[] | undefined) ?? [];
	await work.store.put(
		noted.filter((one) => !ids.includes(one.id)),
		KEY,
	);
	await work.done;
}

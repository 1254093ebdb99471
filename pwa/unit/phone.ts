// A phone for the tests of Node: an empty database, one tab, no locks but its own.
import { database, PLACES } from '../src/lib/db';

/** As bought: nothing on it, nobody known. */
export async function empty(): Promise<void> {
	const db = await database();
	await Promise.all([...PLACES, 'keys' as const, 'kv' as const].map((place) => db.clear(place)));
}

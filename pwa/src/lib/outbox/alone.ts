// One at a time across all tabs and the worker: sending, moving in, and changing who is logged in.
const LOCK = 'lugas-outbox';

/** Old phones have no Web Locks: there the server's idempotency alone keeps a write from counting twice. */
export async function alone<T>(work: () => Promise<T>, lock: string = LOCK): Promise<T> {
	return navigator.locks ? navigator.locks.request(lock, work) : work();
}

// Sealing: a person's rows lie on the phone under that person's own key (AES-256-GCM), which no script can read out.
import { type Box, database, type Keys, NOBODY, type Place, type Row } from './db';

/** The owner has left this phone: nothing of theirs is written any more. */
export class OwnerGone extends Error {
	constructor() {
		super('the owner of this row has left the phone');
		this.name = 'OwnerGone';
	}
}

const TEXT = new TextEncoder();
const WORDS = new TextDecoder();

/** Make the owner's keys, or take those that another tab made a moment earlier. */
export async function makeKeys(owner: string): Promise<Keys> {
	const [seal, name] = await Promise.all([
		crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']),
		crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign']),
	]);
	const work = (await database()).transaction('keys', 'readwrite', { durability: 'strict' });
	const held = await work.store.get(owner);
	const fresh = { owner, seal, name };
	if (!held) await work.store.put(fresh);
	await work.done;
	return held ?? fresh;
}

/** Never kept in memory: a tab must not go on with the key of someone who logged out in another tab. */
async function keysOf(owner: string): Promise<Keys> {
	const held = await (await database()).get('keys', owner);
	if (held) return held;
	if (owner !== NOBODY) throw new OwnerGone();
	return makeKeys(owner);
}

/** A box opens only in the place and under the id that it was made for. */
const bound = (place: Place | 'kv', id: string) => TEXT.encode(`${place} ${id}`);

async function sealWith(
	key: CryptoKey,
	place: Place | 'kv',
	id: string,
	bytes: Uint8Array<ArrayBuffer> | ArrayBuffer,
): Promise<Box> {
	const iv = crypto.getRandomValues(new Uint8Array(12));
	const how = { name: 'AES-GCM', iv, additionalData: bound(place, id) };
	return { iv, data: await crypto.subtle.encrypt(how, key, bytes) };
}

async function openWith(key: CryptoKey, place: Place | 'kv', id: string, box: Box): Promise<ArrayBuffer> {
	const how = { name: 'AES-GCM', iv: box.iv, additionalData: bound(place, id) };
	return crypto.subtle.decrypt(how, key, box.data);
}

export async function sealBytes(
	owner: string,
	place: Place | 'kv',
	id: string,
	bytes: ArrayBuffer,
): Promise<Box> {
	return sealWith((await keysOf(owner)).seal, place, id, bytes);
}

/** Undefined when the owner's key is gone or the bytes are not what was sealed. */
export async function openBytes(
	owner: string,
	place: Place | 'kv',
	id: string,
	box: Box,
): Promise<ArrayBuffer | undefined> {
	try {
		return await openWith((await keysOf(owner)).seal, place, id, box);
	} catch {
		return undefined;
	}
}

/** Seal a value as JSON. */
export async function seal(owner: string, place: Place | 'kv', id: string, value: unknown): Promise<Box> {
	return sealWith((await keysOf(owner)).seal, place, id, TEXT.encode(JSON.stringify(value)));
}

export async function open<T>(
	owner: string,
	place: Place | 'kv',
	id: string,
	box: Box,
): Promise<T | undefined> {
	const bytes = await openBytes(owner, place, id, box);
	return bytes && (JSON.parse(WORDS.decode(bytes)) as T);
}

/** Rows of one owner, opened; a row that does not open is left out. */
export async function openAll<T>(owner: string, place: Place, rows: Row[]): Promise<T[]> {
	const values = await Promise.all(rows.map((row) => open<T>(owner, place, row.id, row.box)));
	return values.filter((value) => value !== undefined);
}

/** The name under which an owner's answer lies: it tells nobody else what was asked. */
export async function sealedName(owner: string, text: string): Promise<string> {
	const mark = new Uint8Array(
		await crypto.subtle.sign('HMAC', (await keysOf(owner)).name, TEXT.encode(text)),
	);
	return `${owner} ${btoa(String.fromCharCode(...mark))}`;
}

/** Put a row unless its owner left while it was being sealed. */
export async function putRow(place: Place, row: Row): Promise<void> {
	const work = (await database()).transaction(['keys', place], 'readwrite');
	const there = await work.objectStore('keys').getKey(row.owner);
	if (there) await work.objectStore(place).put(row);
	await work.done;
	if (!there) throw new OwnerGone();
}

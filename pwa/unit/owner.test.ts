import 'fake-indexeddb/auto';
import { openDB } from 'idb';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { database, recall, remember } from '../src/lib/db';
import { drafts, rowOf, saveDraft } from '../src/lib/drafts';
import { moveIn } from '../src/lib/former';
import { entriesOf, entryOf, putEntry, saveEntry } from '../src/lib/outbox/entries';
import { currentOwner, lastOwner, own, recallViewer, shutAway, wipe } from '../src/lib/owner';
import { makeKeys, OwnerGone, open, putRow, seal, sealedName } from '../src/lib/seal';
import { type Draft, type Entry, fileBytes, keepFile } from '../src/lib/store';
import { empty } from './phone';

vi.stubGlobal('navigator', {});
const CANARY = 'Kenari Rahasia';
const draft = (id: string, more: Partial<Draft> = {}) =>
	({
		id,
		service: 'X',
		serviceName: CANARY,
		answers: { name: CANARY },
		pages: [],
		changedAt: 1,
		...more,
	}) as unknown as Draft;
const entry = (key: string, person: string, pages: unknown[] = []) =>
	({ key, person, title: CANARY, pages, state: 'queued', createdAt: 1, input: {} }) as unknown as Entry;
const bytesOf = (text: string) => new TextEncoder().encode(text).buffer as ArrayBuffer;
const textOf = (bytes?: ArrayBuffer) => bytes && new TextDecoder().decode(bytes);

beforeEach(empty);

describe('a seal', () => {
	it('opens only with the key of its owner, in its own place and under its own id', async () => {
		await makeKeys('p1');
		await makeKeys('p2');
		const box = await seal('p1', 'drafts', 'd1', { a: 1 });
		expect(await open('p1', 'drafts', 'd1', box)).toEqual({ a: 1 });
		expect(await open('p2', 'drafts', 'd1', box)).toBeUndefined();
		expect(await open('p1', 'outbox', 'd1', box)).toBeUndefined();
		expect(await open('p1', 'drafts', 'd2', box)).toBeUndefined();
	});

	it('has a key that nobody can take out, and two tabs that make it at once share it', async () => {
		const [one, two] = await Promise.all([makeKeys('p1'), makeKeys('p1')]);
		const box = await seal('p1', 'kv', 'x', 1);
		expect(one.seal.extractable || one.name.extractable).toBe(false);
		await expect(crypto.subtle.exportKey('raw', two.seal)).rejects.toThrow();
		expect(await open('p1', 'kv', 'x', box)).toBe(1);
		expect(await (await database()).count('keys')).toBe(1);
	});

	it('hides what was asked as well as what was answered', async () => {
		await makeKeys('p1');
		const name = await sealedName('p1', 'id Track {"number":"7KQ4M2X9TD"}');
		expect(name).not.toContain('7KQ4M2X9TD');
		expect(await sealedName('p1', 'id Track {"number":"7KQ4M2X9TD"}')).toBe(name);
	});

	it('is made for nobody who has left', async () => {
		await makeKeys('p1');
		const row = await rowOf(draft('d1', { person: 'p1' }));
		await wipe('p1');
		await expect(putRow('drafts', row)).rejects.toBeInstanceOf(OwnerGone);
		await expect(putEntry(entry('k', 'p1'))).rejects.toBeInstanceOf(OwnerGone);
		await saveDraft(draft('d1', { person: 'p1' }));
		await saveEntry(entry('k', 'p1'));
		expect(await (await database()).count('drafts')).toBe(0);
		expect(await (await database()).count('outbox')).toBe(0);
	});
});

describe('the phone', () => {
	it('gives a form and its files made before the log-in to the person', async () => {
		await keepFile('f1', bytesOf(CANARY));
		await saveDraft(draft('d1'));
		await own('p1', { name: CANARY });
		expect(await drafts()).toMatchObject([{ id: 'd1', answers: { name: CANARY } }]);
		expect(textOf(await fileBytes('f1'))).toBe(CANARY);
		expect(await (await database()).getAllFromIndex('drafts', 'owner', 'nobody')).toEqual([]);
		expect(await recallViewer()).toEqual({ name: CANARY });
	});

	it('keeps what another person has not sent, sealed, and opens it for nobody else', async () => {
		await own('p1', {});
		await keepFile('f1', bytesOf(CANARY));
		await saveDraft(draft('d1'));
		await putEntry(entry('k1', 'p1', [{ id: 'f1' }]));
		await own('p2', {});
		expect(await drafts()).toEqual([]);
		expect(await entriesOf(await currentOwner())).toEqual([]);
		expect(await fileBytes('f1')).toBeUndefined();
		await own('p1', {});
		expect(await drafts()).toMatchObject([{ id: 'd1' }]);
		expect(await entryOf('k1')).toMatchObject({ title: CANARY });
		expect(textOf(await fileBytes('f1'))).toBe(CANARY);
	});

	it('shuts what lies here away once the session is over, and opens it when its person logs in again', async () => {
		await own('p1', {});
		await saveDraft(draft('d1'));
		await putEntry(entry('k1', 'p1'));
		await putEntry({ ...entry('k2', 'p1'), state: 'sent' });
		await remember('viewer', undefined);
		expect(await currentOwner()).toBe('nobody');
		expect([await lastOwner(), await shutAway()]).toEqual(['p1', 1]);
		expect(await drafts()).toEqual([]);
		await saveDraft(draft('d2'));
		expect((await drafts()).map((one) => one.id)).toEqual(['d2']);
		await own('p1', {});
		expect((await drafts()).map((one) => one.id).sort()).toEqual(['d1', 'd2']);
		expect([await currentOwner(), await shutAway()]).toEqual(['p1', 0]);
	});

	it('is empty after a log-out but for what everybody may read and what somebody else left', async () => {
		const db = await database();
		await db.put('reads', { id: 'public x', owner: 'public', at: 1, data: 'Layanan' });
		await own('p2', {});
		await putEntry(entry('k2', 'p2'));
		await own('p1', { name: CANARY });
		await putEntry(entry('k1', 'p1'));
		await saveDraft(draft('d1'));
		await wipe('p1');
		expect(await db.getAllKeys('outbox')).toEqual(['k2']);
		expect(await db.getAllKeys('drafts')).toEqual([]);
		expect(await db.getAllKeys('reads')).toEqual(['public x']);
		expect(await db.getAllKeys('keys')).toEqual(['p2']);
		expect([await recall('person'), await recall('viewer')]).toEqual([undefined, undefined]);
	});
});

it('what an earlier version left unsealed is moved in under seal, and its database is gone', async () => {
	// given: the database of the first version, with a form, a write, files, answers and a viewer
	const old = await openDB('lugas', 1, {
		upgrade(db) {
			db.createObjectStore('reads', { keyPath: 'key' });
			db.createObjectStore('drafts', { keyPath: 'id' });
			db.createObjectStore('files', { keyPath: 'id' });
			db.createObjectStore('outbox', { keyPath: 'key' });
			db.createObjectStore('kv');
		},
	});
	await old.put('kv', 'p1', 'person');
	await old.put('kv', { id: 'p1', name: CANARY }, 'viewer');
	await old.put('drafts', draft('d1', { person: 'p1' }));
	await old.put('outbox', entry('k1', 'p1', [{ id: 'f1' }]));
	await old.put('outbox', entry('k2', 'p2'));
	await old.put('files', { id: 'f1', bytes: bytesOf(CANARY), at: 1 });
	await old.put('files', { id: 'orphan', bytes: bytesOf(CANARY), at: 1 });
	await old.put('reads', { key: 'p1 id Application {"number":"X"}', data: { name: CANARY }, at: 5 });
	await old.put('reads', { key: 'public id Opds {}', data: 1, at: 5 });
	await old.put('reads', { key: `public id Services {"search":"${CANARY}"}`, data: 1, at: 5 });
	old.close();
	// when: the new version starts, and is cut off and started again
	await moveIn();
	await moveIn();
	// then
	const db = await database();
	expect(await recallViewer()).toEqual({ id: 'p1', name: CANARY });
	expect(await drafts()).toMatchObject([{ id: 'd1', answers: { name: CANARY } }]);
	expect(await entryOf('k1')).toMatchObject({ title: CANARY, state: 'queued' });
	expect(await entriesOf('p2')).toMatchObject([{ key: 'k2' }]);
	expect(textOf(await fileBytes('f1'))).toBe(CANARY);
	expect(await db.getAllKeys('files')).toEqual(['f1']);
	const name = await sealedName('p1', 'id Application {"number":"X"}');
	const row = await db.get('reads', name);
	expect(row?.box && (await open('p1', 'reads', name, row.box))).toEqual({ name: CANARY });
	expect(row?.at).toBe(5);
	expect((await db.getAllKeys('reads')).sort()).toEqual([name, 'public id Opds {}'].sort());
	expect((await indexedDB.databases()).map((one) => one.name)).toEqual(['lugas-sealed']);
});

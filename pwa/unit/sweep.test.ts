import 'fake-indexeddb/auto';
import { beforeEach, expect, it } from 'vitest';
import { answerOf, drafts, saveDraft } from '../src/lib/drafts';
import type { CaseParts } from '../src/lib/gql/generated/types';
import { type Draft, database, type Entry, type Page, remember } from '../src/lib/store';
import { sweep } from '../src/lib/sweep';

const HOUR = 3_600_000;
const NOW = 1_000 * HOUR;
const page = (id: string, requirement = 'kk') => ({ id, requirement }) as Page;
const draft = (id: string, pages: Page[], more: Partial<Draft> = {}) =>
	({ id, service: 'X', answers: {}, pages, changedAt: 1, person: 'p1', ...more }) as Draft;
const entry = (key: string, state: Entry['state'], createdAt: number, pages: Page[] = []) =>
	({ key, state, createdAt, pages, person: 'p1' }) as Entry;
const file = async (id: string, at?: number) =>
	(await database()).put('files', { id, bytes: new ArrayBuffer(1), at });

beforeEach(async () => {
	const db = await database();
	await Promise.all([db.clear('outbox'), db.clear('files'), db.clear('drafts'), db.clear('kv')]);
	await remember('person', 'p1');
});

it('bytes that no form and no waiting write holds go after a day, and no others', async () => {
	const db = await database();
	await db.put('drafts', draft('d1', [page('of-form')]));
	await db.put('outbox', entry('k1', 'queued', NOW, [page('of-write')]));
	await Promise.all([
		file('of-form', NOW - 48 * HOUR),
		file('of-write', NOW - 48 * HOUR),
		file('young', NOW - 23 * HOUR),
		file('orphan', NOW - 25 * HOUR),
		file('orphan-of-old-app'),
	]);
	await sweep(NOW);
	expect((await db.getAllKeys('files')).sort()).toEqual(['of-form', 'of-write', 'young']);
});

it('a delivered write is remembered for thirty days; one that waits is never swept', async () => {
	const db = await database();
	await db.put('outbox', entry('old', 'sent', NOW - 31 * 24 * HOUR));
	await db.put('outbox', entry('new', 'sent', NOW - 29 * 24 * HOUR));
	await db.put('outbox', entry('waiting', 'queued', NOW - 90 * 24 * HOUR));
	await sweep(NOW);
	expect((await db.getAllKeys('outbox')).sort()).toEqual(['new', 'waiting']);
});

it('photos that answer a return are kept by case, and are no half-filled application', async () => {
	const item = {
		id: 'case-1',
		service: { code: 'X', name: 'Kartu Keluarga' },
		openReturns: [{ requirement: { code: 'kk' } }],
	} as unknown as CaseParts;
	const empty = await answerOf(item);
	expect(empty.pages).toEqual([]);
	await saveDraft({ ...empty, pages: [page('f1'), page('f2', 'no-longer-asked')] });
	expect((await answerOf(item)).pages.map((one) => one.id)).toEqual(['f1']);
	expect((await answerOf({ ...item, id: 'case-2' })).pages).toEqual([]);
	expect(await drafts()).toEqual([]);
});

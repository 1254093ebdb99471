import 'fake-indexeddb/auto';
import { beforeEach, expect, it } from 'vitest';
import { database } from '../src/lib/db';
import { answerOf, drafts, rowOf, saveDraft } from '../src/lib/drafts';
import type { CaseParts } from '../src/lib/gql/generated/types';
import { putEntry } from '../src/lib/outbox/entries';
import { own } from '../src/lib/owner';
import { makeKeys, putRow, sealBytes } from '../src/lib/seal';
import type { Draft, Entry, Page } from '../src/lib/store';
import { sweep } from '../src/lib/sweep';
import { empty } from './phone';

const HOUR = 3_600_000;
const NOW = 1_000 * HOUR;
const page = (id: string, requirement = 'kk') => ({ id, requirement }) as Page;
const keepDraft = async (id: string, pages: Page[], changedAt: number = NOW) => {
	const draft = { id, service: 'X', answers: {}, pages, changedAt, person: 'p1' } as unknown as Draft;
	await putRow('drafts', await rowOf(draft));
};
const keepEntry = (
	key: string,
	state: Entry['state'],
	createdAt: number,
	pages: Page[] = [],
	write = 'SubmitApplication',
) => putEntry({ key, state, createdAt, pages, person: 'p1', write } as Entry);
const file = async (id: string, at: number) =>
	putRow('files', { id, owner: 'p1', at, box: await sealBytes('p1', 'files', id, new ArrayBuffer(1)) });

beforeEach(async () => {
	await empty();
	await own('p1', {});
});

it('bytes that no form and no waiting write holds go after a day, and no others', async () => {
	const db = await database();
	await keepDraft('d1', [page('of-form')]);
	await keepEntry('k1', 'queued', NOW, [page('of-write')]);
	await Promise.all([
		file('of-form', NOW - 48 * HOUR),
		file('of-write', NOW - 48 * HOUR),
		file('young', NOW - 23 * HOUR),
		file('orphan', NOW - 25 * HOUR),
	]);
	await sweep(NOW);
	expect((await db.getAllKeys('files')).sort()).toEqual(['of-form', 'of-write', 'young']);
});

it('a delivered write is remembered for thirty days, an office act for one; one that waits is never swept', async () => {
	await keepEntry('old', 'sent', NOW - 31 * 24 * HOUR);
	await keepEntry('new', 'sent', NOW - 29 * 24 * HOUR);
	await keepEntry('old-act', 'sent', NOW - 25 * HOUR, [], 'TakeApplication');
	await keepEntry('new-act', 'sent', NOW - 23 * HOUR, [], 'TakeApplication');
	await keepEntry('waiting', 'queued', NOW - 90 * 24 * HOUR);
	await keepEntry('needs-you', 'failed', NOW - 90 * 24 * HOUR);
	await sweep(NOW);
	expect((await (await database()).getAllKeys('outbox')).sort()).toEqual([
		'needs-you',
		'new',
		'new-act',
		'waiting',
	]);
});

it('a form untouched for thirty days goes, and so does what was read so long ago', async () => {
	const db = await database();
	await keepDraft('old', [], NOW - 31 * 24 * HOUR);
	await keepDraft('new', [], NOW - 29 * 24 * HOUR);
	await db.put('reads', { id: 'old', owner: 'public', at: NOW - 31 * 24 * HOUR, data: 1 });
	await db.put('reads', { id: 'new', owner: 'public', at: NOW - 29 * 24 * HOUR, data: 1 });
	await sweep(NOW);
	expect(await db.getAllKeys('drafts')).toEqual(['new']);
	expect(await db.getAllKeys('reads')).toEqual(['new']);
});

it('the key of someone who used this phone before goes when nothing of theirs waits', async () => {
	const db = await database();
	await makeKeys('gone');
	await makeKeys('waits');
	await putEntry({ key: 'w', state: 'queued', createdAt: 1, pages: [], person: 'waits' } as unknown as Entry);
	await db.put('drafts', {
		id: 'lost',
		owner: 'no-key',
		at: NOW,
		box: { iv: new Uint8Array(12), data: new ArrayBuffer(1) },
	});
	await sweep(NOW);
	expect((await db.getAllKeys('keys')).sort()).toEqual(['p1', 'waits']);
	expect(await db.getAllKeys('drafts')).toEqual([]);
});

it('photos that answer a return are kept by case, and are no half-filled application', async () => {
	const item = {
		id: 'case-1',
		service: { code: 'X', name: 'Kartu Keluarga' },
		openReturns: [{ requirement: { code: 'kk' } }],
	} as unknown as CaseParts;
	const none = await answerOf(item);
	expect(none.pages).toEqual([]);
	await saveDraft({ ...none, pages: [page('f1'), page('f2', 'no-longer-asked')] });
	expect((await answerOf(item)).pages.map((one) => one.id)).toEqual(['f1']);
	expect((await answerOf({ ...item, id: 'case-2' })).pages).toEqual([]);
	expect(await drafts()).toEqual([]);
});

import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { database, remember } from '../src/lib/db';
import { drain, type Progress, waitAfter } from '../src/lib/outbox/drain';
import { entryOf, putEntry } from '../src/lib/outbox/entries';
import { own } from '../src/lib/owner';
import { makeKeys } from '../src/lib/seal';
import { type Entry, keepFile } from '../src/lib/store';
import { empty } from './phone';

const answers =
	vi.fn<
		(body: { operationName: string; variables: { input: Record<string, unknown> } }) => Response | Error
	>();
const put = vi.fn<(url: string) => Response>();

vi.stubGlobal('location', { origin: 'http://localhost' });
vi.stubGlobal('navigator', { locks: { request: (_: string, run: () => Promise<void>) => run() } });
vi.stubGlobal('fetch', async (url: string, options: { method: string; body: string }) => {
	if (options.method === 'PUT') return put(url);
	const answer = answers(JSON.parse(options.body));
	if (answer instanceof Error) throw answer;
	return answer;
});

const data = (name: string, value: unknown) => Response.json({ data: { [name]: value } });
const accepted = data('submitApplication', { __typename: 'ApplicationChanged', application: { id: 'a' } });

function entry(more: Partial<Entry> = {}): Entry {
	return {
		key: 'k1',
		person: 'p1',
		write: 'SubmitApplication',
		input: { serviceCode: 'X' },
		pages: [],
		state: 'queued',
		attempts: 0,
		nextAt: 0,
		createdAt: 1,
		title: 'KTP-el',
		number: '0000000012',
		...more,
	};
}
const page = {
	id: 'f1',
	requirement: 'ktp',
	name: 'a.jpg',
	mediaType: 'JPEG' as const,
	size: 3,
	sha256: 'x',
	blurred: false,
};
const stored = (key = 'k1') => entryOf(key);
const file = async (id: string) => (await database()).get('files', id);

beforeEach(async () => {
	await empty();
	await own('p1', {});
	answers.mockReset();
	put.mockReset();
});

describe('what waits', () => {
	it('is sent with its own key and kept as sent', async () => {
		await putEntry(entry());
		answers.mockReturnValue(accepted.clone());
		await drain('id', () => undefined);
		expect(answers.mock.calls[0]?.[0].variables.input).toMatchObject({
			idempotencyKey: 'k1',
			serviceCode: 'X',
		});
		expect((await stored())?.state).toBe('sent');
	});

	it.each([
		['no signal', () => new TypeError('failed'), 'signal'],
		['a captive portal', () => new Response('<html>', { status: 200 }), 'signal'],
		['a busy server', () => new Response('', { status: 503 }), 'server'],
		[
			'a fault of ours',
			() => Response.json({ errors: [{ message: 'x', extensions: { code: 'INTERNAL' } }] }),
			'server',
		],
		[
			'a session that ended',
			() => Response.json({ errors: [{ message: 'x', extensions: { code: 'UNAUTHENTICATED' } }] }),
			'login',
		],
		[
			'a write that is told to sign in first',
			() => data('submitApplication', { __typename: 'NotAllowed', code: 'sign_in', message: 'Masuk dulu.' }),
			'login',
		],
		[
			'an app older than the server',
			() =>
				Response.json(
					{ errors: [{ message: 'x', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }] },
					{ status: 400 },
				),
			'server',
		],
		['a portal that refuses with a page of its own', () => new Response('<html>', { status: 403 }), 'signal'],
		['a portal that says so (511)', () => new Response('<html>', { status: 511 }), 'signal'],
		['a proxy that knows no such page', () => new Response('<html>', { status: 404 }), 'signal'],
		['a log-in that is asked for (401)', () => new Response('', { status: 401 }), 'login'],
		['a request that took too long (408)', () => new Response('', { status: 408 }), 'server'],
		['too many requests (429)', () => new Response('', { status: 429 }), 'server'],
		['a server at fault (500)', () => new Response('oops', { status: 500 }), 'server'],
		['a gateway without a server (502)', () => new Response('', { status: 502 }), 'server'],
		['a gateway that waited in vain (504)', () => new Response('', { status: 504 }), 'server'],
		[
			'a moment that is not right',
			() => data('submitApplication', { __typename: 'NotNow', code: 'later', message: 'Nanti.' }),
			'server',
		],
	])('stays through %s', async (_name, answer, waitsFor) => {
		await putEntry(entry());
		answers.mockImplementation(answer);
		await drain('id', () => undefined);
		expect(await stored()).toMatchObject({ state: 'queued', attempts: 1, waitsFor });
		expect(answers).toHaveBeenCalledTimes(1);
	});

	it('needs the person when the city refuses it, with everything kept', async () => {
		await putEntry(entry());
		const refusal = { __typename: 'InvalidInput', code: 'invalid_input', message: 'Salah', fields: [] };
		answers.mockReturnValue(data('submitApplication', refusal));
		await drain('id', () => undefined);
		expect(await stored()).toMatchObject({ state: 'failed', refusal, input: { serviceCode: 'X' } });
	});

	it.each([
		['NotFound', { __typename: 'NotFound', code: 'not_found', message: 'Tidak ada.' }],
		['NotAllowed', { __typename: 'NotAllowed', code: 'not_yours', message: 'Bukan wewenang Anda.' }],
		['TooLarge', { __typename: 'TooLarge', code: 'file_too_large', message: 'Terlalu besar.', limit: 1 }],
		[
			'Conflict',
			{
				__typename: 'Conflict',
				code: 'stale',
				message: 'Sudah diubah.',
				currentState: 'X',
				currentVersion: 4,
			},
		],
	])('that can never succeed (%s) needs the person, and is not tried again', async (_name, refusal) => {
		await putEntry(
			entry({ write: 'RejectApplication', input: { applicationId: 'a', version: 3, reason: 'R' } }),
		);
		answers.mockImplementation(() => data('rejectApplication', refusal));
		await drain('id', () => undefined, true);
		await drain('id', () => undefined, true);
		expect(answers).toHaveBeenCalledTimes(1);
		expect(answers.mock.calls[0]?.[0]).toMatchObject({
			operationName: 'RejectApplication',
			variables: { input: { idempotencyKey: 'k1', version: 3, reason: 'R' } },
		});
		expect(await stored()).toMatchObject({ state: 'failed', refusal, input: { version: 3, reason: 'R' } });
	});

	it.each([
		['forbidden', () => Response.json({ errors: [{ message: 'x', extensions: { code: 'FORBIDDEN' } }] })],
		['malformed', () => Response.json({ errors: [{ message: 'x', extensions: { code: 'BAD_REQUEST' } }] })],
		['too large for the way', () => new Response('<html>', { status: 413 })],
	])('that the city calls %s needs the person, with its data kept', async (_name, answer) => {
		await putEntry(entry());
		answers.mockImplementation(answer);
		await drain('id', () => undefined);
		expect(await stored()).toMatchObject({ state: 'failed', input: { serviceCode: 'X' } });
	});

	it('for a whole day, the server failing over it each time, needs the person', async () => {
		const yesterday = Date.now() - 25 * 3_600_000;
		await putEntry(entry({ attempts: 40, createdAt: yesterday }));
		await putEntry(entry({ key: 'k2', attempts: 3, createdAt: yesterday }));
		answers.mockImplementation(() => new Response('', { status: 500 }));
		await drain('id', () => undefined);
		expect((await stored())?.state).toBe('failed');
		expect(await stored('k2')).toMatchObject({ state: 'queued', attempts: 4 });
	});

	it('is told when to come back, and still tries within a minute', async () => {
		await putEntry(entry());
		answers.mockImplementation(() => new Response('', { status: 429, headers: { 'retry-after': '3600' } }));
		const before = Date.now();
		await drain('id', () => undefined);
		const nextAt = (await stored())?.nextAt ?? 0;
		expect(nextAt - before).toBeGreaterThanOrEqual(60_000);
		expect(nextAt - Date.now()).toBeLessThanOrEqual(60_000);
	});

	it('stops at the first that meets no signal, and goes on past one that the server fails over', async () => {
		for (const [key, createdAt] of [
			['k1', 1],
			['k2', 2],
			['k3', 3],
		] as const)
			await putEntry(entry({ key, createdAt, number: key }));
		answers.mockImplementation(({ variables }) =>
			variables.input.idempotencyKey === 'k1' ? new Response('', { status: 500 }) : new TypeError('failed'),
		);
		await drain('id', () => undefined);
		expect(answers.mock.calls.map(([body]) => body.variables.input.idempotencyKey)).toEqual(['k1', 'k2']);
		expect((await stored('k3'))?.attempts).toBe(0);
	});

	it('keeps to its order: a case after its profile, a second act after the first, a word before a photo', async () => {
		await keepFile('f1', new ArrayBuffer(3));
		await putEntry(entry({ key: 'photo', createdAt: 1, number: 'A', pages: [{ ...page, uploadId: 'u' }] }));
		await putEntry(entry({ key: 'profile', createdAt: 2, number: '', write: 'UpdateProfile' }));
		await putEntry(entry({ key: 'after-profile', createdAt: 3, number: 'B' }));
		await putEntry(entry({ key: 'after-photo', createdAt: 1.5, number: 'A', write: 'WithdrawApplication' }));
		answers.mockImplementation(() => data('x', { __typename: 'Done' }));
		await drain('id', () => undefined);
		expect(answers.mock.calls.map(([body]) => body.variables.input.idempotencyKey)).toEqual([
			'profile',
			'after-profile',
			'photo',
			'after-photo',
		]);
	});

	it('of which letters some were refused needs the person; what nobody waits for leaves no trace', async () => {
		const refused = { __typename: 'Conflict', code: 'stale', message: 'Berubah.', currentVersion: 2 };
		await putEntry(entry({ write: 'SignLetters', input: { letters: [] }, number: '' }));
		answers.mockImplementation(() =>
			data('signLetters', {
				__typename: 'LettersSigned',
				outcomes: [
					{ applicationId: 'a', problem: null },
					{ applicationId: 'b', problem: refused },
				],
			}),
		);
		await drain('id', () => undefined);
		expect(await stored()).toMatchObject({ state: 'failed', refusal: refused });
		await putEntry(entry({ key: 'k2', write: 'ReadNotices', number: '' }));
		answers.mockImplementation(() =>
			data('readNotices', { __typename: 'NotFound', code: 'x', message: 'x' }),
		);
		await drain('id', () => undefined);
		expect(await stored('k2')).toBeUndefined();
	});

	it('keeps its files when the session ends while it is on its way', async () => {
		await keepFile('f1', new ArrayBuffer(3));
		await putEntry(entry({ pages: [page] }));
		answers.mockImplementation(() => new Response('', { status: 401 }));
		const sent = drain('id', () => undefined);
		await remember('viewer', undefined);
		await sent;
		expect((await stored())?.state).toBe('queued');
		expect(await file('f1')).toBeDefined();
	});

	it('thrown away while it is on its way does not come back', async () => {
		await putEntry(entry());
		answers.mockImplementation(() => accepted.clone());
		const sent = drain('id', () => undefined);
		await (await database()).delete('outbox', 'k1');
		await sent;
		expect(await stored()).toBeUndefined();
	});

	it('of another person is never sent', async () => {
		await makeKeys('p2');
		await putEntry(entry({ person: 'p2' }));
		await drain('id', () => undefined);
		expect(answers).not.toHaveBeenCalled();
		expect((await stored())?.state).toBe('queued');
	});

	it('sends its files first, and never twice', async () => {
		await keepFile('f1', new ArrayBuffer(3));
		await putEntry(entry({ pages: [page] }));
		const said: Record<string, () => Response> = {
			RequestUpload: () =>
				data('requestUpload', {
					__typename: 'UploadTicket',
					uploadId: 'u1',
					parts: { url: '/documents/parts/u1', size: 2, missing: [1] },
				}),
			ConfirmUpload: () => data('confirmUpload', { __typename: 'UploadConfirmed', uploadId: 'u1' }),
			SubmitApplication: () => new Response('', { status: 503 }),
		};
		answers.mockImplementation(
			({ operationName }) => said[operationName]?.() ?? new Response('', { status: 400 }),
		);
		put.mockImplementation(() => new Response(null, { status: 204 }));
		const told: (Progress | undefined)[] = [];
		await drain('id', (progress) => told.push(progress));
		expect((await stored())?.pages[0]?.uploadId).toBe('u1');
		expect(told.map((one) => one?.share)).toEqual([0, 2 / 3, 1, 1, undefined]);
		said.SubmitApplication = () => accepted.clone();
		await putEntry({ ...((await stored()) as Entry), nextAt: 0 });
		await drain('id', () => undefined);
		expect(put.mock.calls).toEqual([['/documents/parts/u1/1']]);
		expect(answers.mock.lastCall?.[0].variables.input.documents).toEqual([
			{ requirement: 'ktp', uploadId: 'u1' },
		]);
		expect(await file('f1')).toBeUndefined();
	});

	it('sends files again that the server swept while the application waited', async () => {
		await keepFile('f1', new ArrayBuffer(3));
		await putEntry(entry({ pages: [{ ...page, uploadId: 'gone' }] }));
		answers.mockReturnValue(
			data('submitApplication', {
				__typename: 'InvalidInput',
				code: 'upload_missing',
				message: 'x',
				fields: [],
			}),
		);
		await drain('id', () => undefined);
		expect(await stored()).toMatchObject({ state: 'queued', attempts: 1 });
		expect((await stored())?.pages[0]?.uploadId).toBeUndefined();
		expect(await file('f1')).toBeDefined();
	});

	it('waits longer each time, and never more than a minute', () => {
		expect([1, 2, 3, 10].map((attempts) => waitAfter(attempts, 1))).toEqual([2000, 4000, 8000, 60_000]);
		expect(waitAfter(1, 0)).toBe(1000);
	});
});

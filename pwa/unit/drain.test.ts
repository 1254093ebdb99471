import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { database } from '../src/lib/db';
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

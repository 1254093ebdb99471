// Sends what waits, one entry at a time, exactly once each; shared by the page and the service worker.
import { AnswerReturn, SubmitApplication, WithdrawApplication } from '../gql/generated/cases';
import { UpdateProfile } from '../gql/generated/people';
import type { Operation } from '../gql/operation';
import { execute, Fault, passing } from '../gql/transport';
import { database, type Entry, type Refusal, recall, type WriteName } from '../store';
import { FileRefused, upload } from './upload';

type Answer = { __typename: string; code?: string };
// biome-ignore lint/suspicious/noExplicitAny: each write has its own input type, checked where the entry is made
type AnyOperation = Operation<Record<string, Answer>, any>;

const OPERATIONS = {
	SubmitApplication,
	AnswerReturn,
	WithdrawApplication,
	UpdateProfile,
} as unknown as Record<WriteName, AnyOperation>;
const PROBLEMS = new Set(['InvalidInput', 'NotFound', 'NotAllowed', 'Conflict', 'NotNow', 'TooLarge']);
export const LONGEST_WAIT_MS = 60_000;
const FIRST_WAIT_MS = 2_000;
const LOCK = 'lugas-outbox';

/** Capped exponential wait with jitter, in milliseconds. */
export function waitAfter(attempts: number, random: number = Math.random()): number {
	const full = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.max(0, attempts - 1));
	return Math.round(full / 2 + (random * full) / 2);
}

async function save(entry: Entry): Promise<void> {
	const db = await database();
	// The person may have thrown the entry away while it was on its way.
	if (await db.get('outbox', entry.key)) await db.put('outbox', entry);
}

async function dropFiles(entry: Entry): Promise<void> {
	const db = await database();
	await Promise.all(entry.pages.map((page) => db.delete('files', page.id)));
}

async function accept(entry: Entry, answer: Answer): Promise<void> {
	entry.state = 'sent';
	entry.answer = answer;
	entry.waitsFor = undefined;
	await save(entry);
	await dropFiles(entry);
}

async function refuse(entry: Entry, refusal: Refusal): Promise<void> {
	entry.state = 'failed';
	entry.refusal = refusal;
	entry.waitsFor = undefined;
	await save(entry);
}

async function postpone(entry: Entry, fault: Fault, now: number): Promise<void> {
	entry.attempts += 1;
	entry.nextAt = now + Math.max(waitAfter(entry.attempts), (fault.retryAfter ?? 0) * 1000);
	entry.waitsFor = fault.kind === 'login' ? 'login' : fault.kind === 'offline' ? 'signal' : 'server';
	await save(entry);
}

/** The server swept files that waited too long for their application: they lie here still and travel again. */
async function forgetUploads(entry: Entry): Promise<never> {
	for (const page of entry.pages) page.uploadId = undefined;
	await save(entry);
	throw new Fault('server');
}

async function deliver(entry: Entry, locale: string, tell: () => void): Promise<void> {
	for (const page of entry.pages) {
		if (page.uploadId) continue;
		page.uploadId = await upload(page, locale);
		await save(entry);
		tell();
	}
	const documents = entry.pages.map(({ requirement, uploadId }) => ({ requirement, uploadId }));
	const carriesFiles = entry.write === 'SubmitApplication' || entry.write === 'AnswerReturn';
	const input = { ...entry.input, idempotencyKey: entry.key, ...(carriesFiles ? { documents } : {}) };
	const data = await execute(OPERATIONS[entry.write], { input }, locale);
	const answer = Object.values(data)[0];
	if (!answer) throw new Fault('server');
	const fault = passing(answer);
	if (fault) throw fault;
	if (answer.code === 'upload_missing') await forgetUploads(entry);
	if (PROBLEMS.has(answer.__typename)) await refuse(entry, answer as Refusal);
	else await accept(entry, answer);
}

/** One try. Only an answer ends the entry; whatever else happens keeps it. */
async function attempt(entry: Entry, locale: string, tell: () => void): Promise<void> {
	try {
		await deliver(entry, locale, tell);
	} catch (error) {
		if (error instanceof FileRefused) await refuse(entry, error.refusal);
		else if (error instanceof Fault && error.final) {
			await refuse(entry, {
				__typename: 'NotAllowed',
				code: error.reference ?? error.kind.toUpperCase(),
				message: '',
			});
		} else await postpone(entry, error instanceof Fault ? error : new Fault('server'), Date.now());
	}
	tell();
}

async function due(now: number, tried: Set<string>): Promise<Entry | undefined> {
	const person = await recall<string>('person');
	const entries = await (await database()).getAll('outbox');
	return entries
		.filter((e) => e.state === 'queued' && e.person === person && e.nextAt <= now && !tried.has(e.key))
		.sort((a, b) => a.createdAt - b.createdAt)[0];
}

/**
 * Send everything that is due, one drainer at a time across tabs and the worker (Web Locks). With `hurry`, what
 * waits for its next try is due as well: there is signal again, or the person asked.
 */
export async function drain(locale: string, tell: () => void, hurry = false): Promise<void> {
	await navigator.locks.request(LOCK, async () => {
		const tried = new Set<string>();
		const next = () => due(hurry ? Number.POSITIVE_INFINITY : Date.now(), tried);
		for (let entry = await next(); entry; entry = await next()) {
			tried.add(entry.key);
			await attempt(entry, locale, tell);
		}
	});
}

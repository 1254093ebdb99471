// Sends what waits, one entry at a time, exactly once each; shared by the page and the service worker.
import { SubmitAssistedApplication } from '../gql/generated/assisted';
import { AnswerReturn, SubmitApplication, WithdrawApplication } from '../gql/generated/cases';
import {
	ApproveApplication,
	ForwardApplication,
	RejectApplication,
	ReleaseApplication,
	ReplaceLetter,
	ReplaceOrder,
	ReturnApplication,
	RevokeLetter,
	RevokeOrder,
	SendBackApplication,
	TakeApplication,
} from '../gql/generated/office';
import {
	AnswerQuestion,
	AskAgain,
	AskQuestion,
	FollowBudget,
	HideQuestion,
	MendAnswer,
	MoveProposal,
	Propose,
	SupportProposal,
	UnfollowBudget,
} from '../gql/generated/participation';
import { SignLetters } from '../gql/generated/passkeys';
import { ReadNotices, RevokeDevice, UpdateProfile } from '../gql/generated/people';
import { SaveMilestone } from '../gql/generated/progress';
import { ComeBack, GoAway, GrantDelegation, RevokeDelegation } from '../gql/generated/standins';
import { ApproveTrip, CancelTrip, RefuseTrip, ReportTrip, RequestTrip } from '../gql/generated/travel';
import type { Operation } from '../gql/operation';
import { execute, Fault, passing } from '../gql/transport';
import { currentOwner } from '../owner';
import { dropFile, type Entry, type Page, type Refusal, type WriteName } from '../store';
import { alone } from './alone';
import { entriesOf, removeEntry, saveEntry } from './entries';
import { FileRefused, upload } from './upload';

type Answer = { __typename: string; code?: string };
// biome-ignore lint/suspicious/noExplicitAny: each write has its own input type, checked where the entry is made
type AnyOperation = Operation<Record<string, Answer>, any>;
/** How much of an entry's files is with the server, from 0 to 1; without a share the try is over. */
export type Progress = { key: string; share?: number };
export type Tell = (progress?: Progress) => void;

const OPERATIONS = {
	SubmitApplication,
	SubmitAssistedApplication,
	AnswerReturn,
	WithdrawApplication,
	UpdateProfile,
	TakeApplication,
	ReleaseApplication,
	ReturnApplication,
	ForwardApplication,
	ApproveApplication,
	RejectApplication,
	SendBackApplication,
	RevokeLetter,
	ReplaceLetter,
	RevokeOrder,
	ReplaceOrder,
	SignLetters,
	RevokeDevice,
	GrantDelegation,
	RevokeDelegation,
	GoAway,
	ComeBack,
	SaveMilestone,
	RequestTrip,
	ApproveTrip,
	RefuseTrip,
	CancelTrip,
	ReportTrip,
	FollowBudget,
	UnfollowBudget,
	AskAgain,
	MendAnswer,
	AskQuestion,
	AnswerQuestion,
	HideQuestion,
	Propose,
	SupportProposal,
	MoveProposal,
	ReadNotices,
} as unknown as Record<WriteName, AnyOperation>;
/** Nobody has to be told how these went. */
export const QUIET: ReadonlySet<WriteName> = new Set<WriteName>(['ReadNotices']);
const PROBLEMS = new Set(['InvalidInput', 'NotFound', 'NotAllowed', 'Conflict', 'NotNow', 'TooLarge']);
export const LONGEST_WAIT_MS = 60_000;
const FIRST_WAIT_MS = 2_000;
/** A write that the server fails over for a whole day, try after try, needs a person. */
const HOPELESS_AFTER_MS = 86_400_000;
const HOPELESS_TRIES = 40;

/** Capped exponential wait with jitter, in milliseconds. */
export function waitAfter(attempts: number, random: number = Math.random()): number {
	const full = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.max(0, attempts - 1));
	return Math.round(full / 2 + (random * full) / 2);
}

async function accept(entry: Entry, answer: Answer): Promise<void> {
	if (QUIET.has(entry.write)) return removeEntry(entry);
	await saveEntry({ ...entry, state: 'sent', answer, waitsFor: undefined, refusal: undefined });
	for (const page of entry.pages) await dropFile(page.id);
}

async function refuse(entry: Entry, refusal: Refusal): Promise<void> {
	if (QUIET.has(entry.write)) return removeEntry(entry);
	await saveEntry({ ...entry, state: 'failed', refusal, waitsFor: undefined, committing: undefined });
}

function faultAsRefusal(fault: Fault): Refusal {
	return { __typename: 'NotAllowed', code: fault.reference ?? fault.kind.toUpperCase(), message: '' };
}

async function postpone(entry: Entry, fault: Fault, now: number): Promise<void> {
	const attempts = entry.attempts + 1;
	const old = now - entry.createdAt > HOPELESS_AFTER_MS && attempts > HOPELESS_TRIES;
	if (fault.kind === 'server' && old) return refuse(entry, faultAsRefusal(fault));
	const wait = Math.max(waitAfter(attempts), (fault.retryAfter ?? 0) * 1000);
	await saveEntry({
		...entry,
		attempts,
		nextAt: now + Math.min(wait, LONGEST_WAIT_MS),
		waitsFor: fault.kind === 'login' ? 'login' : fault.kind === 'offline' ? 'signal' : 'server',
	});
}

/** Files first. What the server confirmed is noted at once, so that nothing travels twice. */
async function sendFiles(entry: Entry, locale: string, tell: Tell): Promise<void> {
	const total = entry.pages.reduce((sum, page) => sum + page.size, 0);
	let before = 0;
	for (const page of entry.pages) {
		const share = (sent: number) =>
			tell({ key: entry.key, share: Math.min(1, (before + sent) / Math.max(1, total)) });
		share(0);
		if (!page.uploadId) {
			page.uploadId = await upload(page, locale, share);
			await saveEntry(entry);
		}
		before += page.size;
	}
	tell({ key: entry.key, share: 1 });
}

/** The server swept files that waited too long for their application: they lie here still and travel again. */
async function forgetUploads(entry: Entry): Promise<never> {
	for (const page of entry.pages) page.uploadId = undefined;
	await saveEntry(entry);
	throw new Fault('server');
}

/** Of many letters some may be refused: those need the person, the others are done. */
async function acceptLetters(entry: Entry, answer: Answer): Promise<void> {
	const { outcomes = [] } = answer as { outcomes?: { problem: Refusal | null }[] };
	const refused = outcomes.find((one) => one.problem)?.problem;
	if (!refused) return accept(entry, answer);
	await saveEntry({ ...entry, state: 'failed', answer, refusal: refused, waitsFor: undefined });
}

/** The same picture twice under one requirement is one upload, and is named once. */
function unlike(pages: readonly Page[]): Page[] {
	const same = (a: Page, b: Page) => a.requirement === b.requirement && a.uploadId === b.uploadId;
	return pages.filter((page, index) => pages.findIndex((one) => same(one, page)) === index);
}

async function deliver(entry: Entry, locale: string, tell: Tell): Promise<void> {
	await sendFiles(entry, locale, tell);
	const uploaded = unlike(entry.pages).map(({ requirement, uploadId }) => ({ requirement, uploadId }));
	// Beside what travelled from here stand the person's earlier documents, which the server holds already.
	const reused = (entry.input.documents as unknown[] | undefined) ?? [];
	const carriesFiles = /^(Submit|AnswerReturn|SaveMilestone)/.test(entry.write);
	const documents = carriesFiles ? { documents: [...reused, ...uploaded] } : {};
	const input = { ...entry.input, idempotencyKey: entry.key, ...documents };
	if (!entry.committing) {
		entry.committing = true;
		await saveEntry(entry);
	}
	const data = await execute(OPERATIONS[entry.write], { input }, locale);
	const answer = Object.values(data)[0];
	if (!answer) throw new Fault('server');
	const fault = passing(answer);
	if (fault) throw fault;
	if (answer.code === 'upload_missing') await forgetUploads(entry);
	if (PROBLEMS.has(answer.__typename)) await refuse(entry, answer as Refusal);
	else if (entry.write === 'SignLetters') await acceptLetters(entry, answer);
	else await accept(entry, answer);
}

/** One try. Only an answer ends the entry; whatever else happens keeps it. Returns what stood in its way. */
async function attempt(entry: Entry, locale: string, tell: Tell): Promise<Fault | undefined> {
	let stopped: Fault | undefined;
	try {
		await deliver(entry, locale, tell);
	} catch (error) {
		if (error instanceof FileRefused) await refuse(entry, error.refusal);
		else {
			stopped = error instanceof Fault ? error : new Fault('server');
			if (stopped.final) await refuse(entry, faultAsRefusal(stopped));
			else await postpone(entry, stopped, Date.now());
		}
	}
	tell({ key: entry.key });
	return stopped;
}

/** True when `entry` builds on what `earlier` does: it must not overtake it. */
function follows(entry: Entry, earlier: Entry): boolean {
	if (earlier.state !== 'queued' || earlier.createdAt >= entry.createdAt) return false;
	if (earlier.number !== '' && earlier.number === entry.number) return true;
	return earlier.write === 'UpdateProfile' && /^Submit/.test(entry.write);
}

async function due(now: number, tried: Set<string>): Promise<Entry | undefined> {
	const entries = await entriesOf(await currentOwner());
	const free = (entry: Entry) => !entries.some((earlier) => follows(entry, earlier));
	return (
		entries
			.filter((e) => e.state === 'queued' && e.nextAt <= now && !tried.has(e.key) && free(e))
			// A word goes before a photo; otherwise first come, first sent.
			.sort((a, b) => Number(a.pages.length > 0) - Number(b.pages.length > 0) || a.createdAt - b.createdAt)[0]
	);
}

/**
 * Send everything that is due, one drainer at a time across tabs and the worker (Web Locks). With `hurry`, what
 * waits for its next try is due as well: there is signal again, or the person asked.
 */
export async function drain(locale: string, tell: Tell, hurry = false): Promise<void> {
	await currentOwner();
	await alone(async () => {
		const tried = new Set<string>();
		const next = () => due(hurry ? Number.POSITIVE_INFINITY : Date.now(), tried);
		for (let entry = await next(); entry; entry = await next()) {
			tried.add(entry.key);
			const stopped = await attempt(entry, locale, tell);
			// Without a signal or a log-in nothing else would get through either.
			if (stopped?.kind === 'offline' || stopped?.kind === 'login') return;
		}
	});
}

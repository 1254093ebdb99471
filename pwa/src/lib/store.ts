// What the phone keeps of forms and writes, and the bytes of their files.
import { database, NOBODY } from './db';
import type { ProblemParts } from './gql/generated/types';
import type { Helping } from './helping';
import { currentOwner, lastOwner } from './owner';
import { openBytes, putRow, sealBytes } from './seal';

export { recall, remember } from './db';

/** A picture or PDF kept on the phone; its bytes lie in `files` under `id`. */
export type Page = {
	id: string;
	requirement: string;
	name: string;
	mediaType: 'JPEG' | 'PNG' | 'PDF';
	size: number;
	sha256: string;
	blurred: boolean;
	/** Set once the server has confirmed the bytes, so that they are never sent twice. */
	uploadId?: string;
};

/** A file of an earlier case, used again without sending it; `id` is the city's. */
export type Reused = {
	id: string;
	requirement: string;
	name: string;
	size: number;
	mediaType: Page['mediaType'];
};

export type Draft = {
	id: string;
	/** Whose form it is; undefined while nobody is logged in. */
	person?: string;
	service: string;
	serviceVersion: number;
	serviceName: string;
	/** What the person calls it; the service's name until then. */
	name?: string;
	answers: Record<string, string>;
	/** The case whose return these pages answer; undefined for a new application. */
	application?: string;
	/** Questions the person answers here although the profile could. */
	own?: string[];
	pages: Page[];
	/** Whom this form is for, when it is not the person who fills it in. */
	helping?: Helping;
	/** Earlier documents chosen instead of a new photo. */
	reused?: Reused[];
	step: number;
	changedAt: number;
	/** What the account holds of it: its version there, and which change of this phone that was. */
	synced?: { version: number; changedAt: number };
	/** What the server found wrong when this form was sent before. */
	faults?: Record<string, string>;
};

export type WriteName =
	| 'SubmitApplication'
	| 'SubmitAssistedApplication'
	| 'AnswerReturn'
	| 'WithdrawApplication'
	| 'UpdateProfile'
	| 'TakeApplication'
	| 'ReleaseApplication'
	| 'ReturnApplication'
	| 'ForwardApplication'
	| 'ApproveApplication'
	| 'RejectApplication'
	| 'SendBackApplication'
	| 'RevokeLetter'
	| 'ReplaceLetter'
	| 'RevokeOrder'
	| 'ReplaceOrder'
	| 'SignLetters'
	| 'RevokeDevice'
	| 'GrantDelegation'
	| 'RevokeDelegation'
	| 'GoAway'
	| 'ComeBack'
	| 'SaveMilestone'
	| 'RequestTrip'
	| 'ApproveTrip'
	| 'RefuseTrip'
	| 'CancelTrip'
	| 'ReportTrip'
	| 'FollowBudget'
	| 'UnfollowBudget'
	| 'AskQuestion'
	| 'AskAgain'
	| 'AnswerQuestion'
	| 'MendAnswer'
	| 'HideQuestion'
	| 'Propose'
	| 'SupportProposal'
	| 'MoveProposal'
	| 'ReadNotices';
export type WriteState = 'queued' | 'sent' | 'failed';
export type Refusal = ProblemParts;
/** Why a write waits: no signal, a log-in, a server that is busy or at fault. */
export type WaitsFor = 'signal' | 'login' | 'server';

/** One write that must reach the server exactly once; `key` is its idempotency key. */
export type Entry = {
	key: string;
	person: string;
	write: WriteName;
	input: Record<string, unknown>;
	pages: Page[];
	/** Earlier documents that go with it; they lie with the city already. */
	reused?: Reused[];
	state: WriteState;
	attempts: number;
	nextAt: number;
	createdAt: number;
	/** What the person sees: the service's name and the case number. */
	title: string;
	number: string;
	waitsFor?: WaitsFor;
	/** It may have reached the city: until an answer comes, nothing else may take its place. */
	committing?: boolean;
	refusal?: Refusal;
	answer?: unknown;
};

export async function fileBytes(id: string): Promise<ArrayBuffer | undefined> {
	const row = await (await database()).get('files', id);
	// Another person of this phone may have files here: they are opened for nobody else.
	if (!row || (row.owner !== NOBODY && row.owner !== (await lastOwner()))) return undefined;
	return openBytes(row.owner, 'files', id, row.box);
}

export async function keepFile(id: string, bytes: ArrayBuffer): Promise<void> {
	const owner = await currentOwner();
	await putRow('files', { id, owner, at: Date.now(), box: await sealBytes(owner, 'files', id, bytes) });
}

export async function dropFile(id: string): Promise<void> {
	await (await database()).delete('files', id);
}

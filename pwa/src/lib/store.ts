// The phone's own database: what was read, half-filled forms, files, and the writes that wait for signal.
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { ProblemParts } from './gql/generated/types';

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

export type Draft = {
	id: string;
	/** Whose form it is; undefined while nobody is logged in. */
	person?: string;
	service: string;
	serviceVersion: number;
	serviceName: string;
	answers: Record<string, string>;
	/** The case whose return these pages answer; undefined for a new application. */
	application?: string;
	/** Questions the person answers here although the profile could. */
	own?: string[];
	pages: Page[];
	step: number;
	changedAt: number;
	/** What the server found wrong when this form was sent before. */
	faults?: Record<string, string>;
};

export type WriteName = 'SubmitApplication' | 'AnswerReturn' | 'WithdrawApplication' | 'UpdateProfile';
export type WriteState = 'queued' | 'sent' | 'failed';
export type Refusal = ProblemParts;

/** One write that must reach the server exactly once; `key` is its idempotency key. */
export type Entry = {
	key: string;
	person: string;
	write: WriteName;
	input: Record<string, unknown>;
	pages: Page[];
	state: WriteState;
	attempts: number;
	nextAt: number;
	createdAt: number;
	/** What the person sees: the service's name and the case number. */
	title: string;
	number: string;
	waitsFor?: 'signal' | 'login' | 'server';
	refusal?: Refusal;
	answer?: unknown;
};

export type Kept = { key: string; data: unknown; at: number };

interface Shape extends DBSchema {
	reads: { key: string; value: Kept };
	drafts: { key: string; value: Draft };
	files: { key: string; value: { id: string; bytes: ArrayBuffer; at?: number } };
	outbox: { key: string; value: Entry };
	kv: { key: string; value: unknown };
}

let opened: Promise<IDBPDatabase<Shape>> | undefined;

export function database(): Promise<IDBPDatabase<Shape>> {
	opened ??= openDB<Shape>('lugas', 1, {
		upgrade(db) {
			db.createObjectStore('reads', { keyPath: 'key' });
			db.createObjectStore('drafts', { keyPath: 'id' });
			db.createObjectStore('files', { keyPath: 'id' });
			db.createObjectStore('outbox', { keyPath: 'key' });
			db.createObjectStore('kv');
		},
		terminated() {
			opened = undefined;
		},
	});
	return opened;
}

export async function recall<T>(key: string): Promise<T | undefined> {
	return (await (await database()).get('kv', key)) as T | undefined;
}

export async function remember(key: string, value: unknown): Promise<void> {
	await (await database()).put('kv', value, key);
}

export async function fileBytes(id: string): Promise<ArrayBuffer | undefined> {
	return (await (await database()).get('files', id))?.bytes;
}

/**
 * Forget what belongs to this person: answers, forms, files, the outbox. The public catalogue stays, and so does
 * whatever another person of this phone has not sent yet. `keepOutbox` spares unsent writes too.
 */
export async function forgetPerson(person: string, keepOutbox = false): Promise<void> {
	const db = await database();
	const reads = await db.getAllKeys('reads');
	await Promise.all(reads.filter((key) => !key.startsWith('public ')).map((key) => db.delete('reads', key)));
	const drafts = (await db.getAll('drafts')).filter((draft) => draft.person === person);
	const entries = keepOutbox ? [] : (await db.getAll('outbox')).filter((entry) => entry.person === person);
	const files = [...drafts, ...entries].flatMap((one) => one.pages.map((page) => page.id));
	await Promise.all([
		...drafts.map((draft) => db.delete('drafts', draft.id)),
		...entries.map((entry) => db.delete('outbox', entry.key)),
		...files.map((id) => db.delete('files', id)),
		db.delete('kv', 'person'),
		db.delete('kv', 'viewer'),
	]);
}

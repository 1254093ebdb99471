// Half-filled forms, kept on the phone from the first keystroke until they are sent or thrown away.
import { database, type Row } from './db';
import { forgetDraft } from './forgotten';
import type { CaseParts, ServiceParts } from './gql/generated/types';
import type { Prepared } from './image';
import { sha256 } from './image';
import { alone } from './outbox/alone';
import { currentOwner } from './owner';
import { OwnerGone, openAll, putRow, seal } from './seal';
import { type Draft, dropFile, keepFile, type Page } from './store';

export function newDraft(service: ServiceParts): Draft {
	return {
		id: crypto.randomUUID(),
		service: service.code,
		serviceVersion: service.version,
		serviceName: service.name,
		answers: {},
		pages: [],
		step: 0,
		changedAt: Date.now(),
	};
}

async function ownDrafts(): Promise<Draft[]> {
	const owner = await currentOwner();
	return openAll<Draft>(owner, 'drafts', await (await database()).getAllFromIndex('drafts', 'owner', owner));
}

/** Half-filled applications, the newest first. */
export async function drafts(): Promise<Draft[]> {
	const forms = (await ownDrafts()).filter((draft) => draft.application === undefined);
	return forms.sort((a, b) => b.changedAt - a.changedAt);
}

export async function draftOf(service: string): Promise<Draft | undefined> {
	return (await drafts()).find((draft) => draft.service === service);
}

/** The form that was asked for by its id; `baru` asks for a new one, and nothing for the newest of this service. */
export async function chosenDraft(service: string, wanted: string | null): Promise<Draft | undefined> {
	const held = (await drafts()).filter((draft) => draft.service === service);
	return wanted ? held.find((draft) => draft.id === wanted) : held[0];
}

/** The pages chosen so far to answer what came back of this case; empty when there are none. */
export async function answerOf(item: CaseParts): Promise<Draft> {
	const held = (await ownDrafts()).find((draft) => draft.application === item.id);
	const empty = {
		id: crypto.randomUUID(),
		application: item.id,
		service: item.service.code,
		serviceVersion: 0,
		serviceName: item.service.name,
		answers: {},
		pages: [],
		step: 0,
		changedAt: Date.now(),
	};
	const open = item.openReturns.map((one) => one.requirement.code);
	// A page for what is no longer asked would be refused.
	return held ? { ...held, pages: held.pages.filter((page) => open.includes(page.requirement)) } : empty;
}

/** The row under which a form lies, sealed for its person. */
export async function rowOf(draft: Draft): Promise<Row> {
	const owner = draft.person ?? (await currentOwner());
	return {
		id: draft.id,
		owner,
		at: draft.changedAt,
		files: draft.pages.map((page) => page.id),
		version: draft.synced?.version,
		box: await seal(owner, 'drafts', draft.id, draft),
	};
}

const WRITING = 'lugas-drafts';
const SYNC_AFTER_MS = 4_000;
let timer: ReturnType<typeof setTimeout> | undefined;

/** What the account is to hold follows a little later, when the person has stopped typing. */
export function syncSoon(after: number = SYNC_AFTER_MS): void {
	if (typeof window === 'undefined') return;
	clearTimeout(timer);
	timer = setTimeout(
		() => void import('./drafts-sync').then(({ syncDrafts }) => syncDrafts()).catch(() => undefined),
		after,
	);
}

export async function draftById(id: string): Promise<Draft | undefined> {
	return (await ownDrafts()).find((draft) => draft.id === id);
}

/** Change what lies here of a form, one writer at a time; `change` gets the newest and returns what is to lie there. */
export async function changeDraft(id: string, change: (held?: Draft) => Draft | undefined): Promise<void> {
	await alone(async () => {
		const changed = change(await draftById(id));
		if (changed) await putRow('drafts', await rowOf(changed));
	}, WRITING);
}

export async function saveDraft(draft: Draft): Promise<void> {
	try {
		await changeDraft(draft.id, (held) => {
			const uploaded = new Map(held?.pages.map((page) => [page.id, page.uploadId]));
			const pages = draft.pages.map((page) => ({
				...page,
				uploadId: page.uploadId ?? uploaded.get(page.id),
			}));
			// What the account holds is known here alone, not on the screen that saves.
			return { ...draft, pages, synced: held?.synced, name: draft.name ?? held?.name, changedAt: Date.now() };
		});
		syncSoon();
	} catch (error) {
		// Its person has just logged out in another tab: nothing of theirs is written any more.
		if (!(error instanceof OwnerGone)) throw error;
	}
}

export async function renameDraft(id: string, name: string): Promise<void> {
	await changeDraft(id, (held) => held && { ...held, name: name || undefined, changedAt: Date.now() });
	syncSoon(0);
}

export async function dropDraft(draft: Draft): Promise<void> {
	const work = (await database()).transaction(['drafts', 'files', 'kv'], 'readwrite');
	await forgetDraft(work.objectStore('drafts'), work.objectStore('kv'), draft.id);
	for (const page of draft.pages) await work.objectStore('files').delete(page.id);
	await work.done;
	syncSoon(0);
}

/** Gone from the account, so gone from here. */
export async function dropHere(draft: Draft): Promise<void> {
	const work = (await database()).transaction(['drafts', 'files'], 'readwrite');
	await work.objectStore('drafts').delete(draft.id);
	for (const page of draft.pages) await work.objectStore('files').delete(page.id);
	await work.done;
}

const heldBy = (id: string) => `lugas-form ${id}`;

/** Say in all tabs that this form is open; returns how to close it. A tab that dies lets go by itself. */
export function holdDraft(id: string): () => void {
	let release = () => {};
	const closed = new Promise<void>((done) => {
		release = done;
	});
	void navigator.locks?.request(heldBy(id), { mode: 'shared' }, () => closed);
	return release;
}

/** The forms that are open in some tab. */
export async function openForms(ids: readonly string[]): Promise<Set<string>> {
	const names = new Set((await navigator.locks?.query())?.held?.map((one) => one.name));
	return new Set(ids.filter((id) => names.has(heldBy(id))));
}

/** Put the bytes on disk and return what the form keeps of them. */
export async function keepPage(requirement: string, name: string, prepared: Prepared): Promise<Page> {
	const { bytes, mediaType, blurred } = prepared;
	const id = crypto.randomUUID();
	await keepFile(id, bytes);
	return { id, requirement, name, mediaType, blurred, size: bytes.byteLength, sha256: await sha256(bytes) };
}

export const dropPage = (page: Page): Promise<void> => dropFile(page.id);

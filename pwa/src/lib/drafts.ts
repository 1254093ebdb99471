// Half-filled forms, kept on the phone from the first keystroke until they are sent or thrown away.
import type { CaseParts, ServiceParts } from './gql/generated/types';
import type { Prepared } from './image';
import { sha256 } from './image';
import { type Draft, database, type Page, recall } from './store';

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
	const all = await (await database()).getAll('drafts');
	const person = await recall<string>('person');
	return all.filter((draft) => draft.person === undefined || draft.person === person);
}

/** Half-filled applications, the newest first. */
export async function drafts(): Promise<Draft[]> {
	const forms = (await ownDrafts()).filter((draft) => draft.application === undefined);
	return forms.sort((a, b) => b.changedAt - a.changedAt);
}

export async function draftOf(service: string): Promise<Draft | undefined> {
	return (await drafts()).find((draft) => draft.service === service);
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

export async function saveDraft(draft: Draft): Promise<void> {
	// Whoever used the phone last owns the form: known at once, before the server has said who is there.
	const person = draft.person ?? (await recall<string>('person'));
	await (await database()).put('drafts', { ...draft, person, changedAt: Date.now() });
}

export async function dropDraft(draft: Draft): Promise<void> {
	const db = await database();
	await Promise.all(draft.pages.map((page) => db.delete('files', page.id)));
	await db.delete('drafts', draft.id);
}

/** Put the bytes on disk and return what the form keeps of them. */
export async function keepPage(requirement: string, name: string, prepared: Prepared): Promise<Page> {
	const { bytes, mediaType, blurred } = prepared;
	const id = crypto.randomUUID();
	await (await database()).put('files', { id, bytes, at: Date.now() });
	return { id, requirement, name, mediaType, blurred, size: bytes.byteLength, sha256: await sha256(bytes) };
}

export async function dropPage(page: Page): Promise<void> {
	await (await database()).delete('files', page.id);
}

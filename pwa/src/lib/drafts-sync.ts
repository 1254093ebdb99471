// Half-filled forms go with their person: what changed here goes up, files first; what changed elsewhere comes down.
import { m } from '../paraglide/messages';
import { getLocale } from '../paraglide/runtime';
import { keptCatalogue } from './catalogue';
import { changeDraft, draftById, drafts, dropHere, openForms } from './drafts';
import { forgetForgotten, forgottenBy } from './forgotten';
import { Drafts, DropDraft, OpenDraftDocument, SaveDraft } from './gql/generated/drafts';
import type { DraftParts } from './gql/generated/types';
import { alone } from './outbox/alone';
import { upload } from './outbox/upload';
import { fetchOnce } from './reads.svelte';
import { send } from './send';
import { session } from './session.svelte';
import { type Draft, dropFile, fileBytes, keepFile, type Page } from './store';
import { collect } from './tickets';

const LOCK = 'lugas-drafts-sync';
const CHANNEL = 'lugas-drafts';
const PAGE = 50;
export const LONGEST_NAME = 80;

/** Screens that list forms hear here that something came or went. */
export function onSynced(heard: () => void): () => void {
	const channel = new BroadcastChannel(CHANNEL);
	channel.onmessage = heard;
	return () => channel.close();
}

async function remoteDrafts(): Promise<DraftParts[]> {
	const all: DraftParts[] = [];
	for (let after: string | null | undefined; after !== null; ) {
		const { drafts: page }: Awaited<ReturnType<typeof remotePage>> = await remotePage(after);
		all.push(...page.edges.map((edge) => edge.node));
		after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
	}
	return all;
}
const remotePage = (after?: string) => fetchOnce(Drafts, after ? { first: PAGE, after } : { first: PAGE });

/** The files that lie here already keep their place; the others are fetched under the id that the city knows. */
function pagesFrom(remote: DraftParts, held: readonly Page[]): Page[] {
	return remote.documents.map((one) => {
		const here = held.find((page) => page.sha256 === one.sha256 && page.requirement === one.requirement);
		if (here) return { ...here, uploadId: one.uploadId };
		const { requirement, uploadId, mediaType, size } = one;
		const id = crypto.randomUUID();
		return { id, requirement, uploadId, mediaType, size, name: one.name, sha256: one.sha256, blurred: false };
	});
}

async function draftFrom(remote: DraftParts, held?: Draft): Promise<Draft> {
	const changedAt = Date.parse(remote.changedAt);
	return {
		...held,
		id: remote.id,
		person: session.person,
		service: remote.service.code,
		serviceVersion: remote.service.version,
		serviceName: remote.service.name,
		name: remote.name || undefined,
		answers: Object.fromEntries(remote.answers.map(({ name, value }) => [name, value])),
		own: remote.answers.map(({ name }) => name),
		pages: pagesFrom(remote, held?.pages ?? []),
		step: remote.step,
		changedAt,
		synced: { version: remote.version, changedAt },
	};
}

/** The bytes of what another phone photographed; what cannot be had now is asked for again the next time. */
async function fetchFiles(draft: Draft): Promise<void> {
	for (const page of draft.pages) {
		if (!page.uploadId || (await fileBytes(page.id))) continue;
		const outcome = await send(OpenDraftDocument, { draftId: draft.id, uploadId: page.uploadId });
		if (!outcome.ok) continue;
		const { blob } = await collect(outcome.ok);
		await keepFile(page.id, await blob.arrayBuffer());
	}
}

/** Take what the account holds; the form open in a tab is left as it is there. */
async function pull(remote: DraftParts, held?: Draft): Promise<void> {
	const draft = await draftFrom(remote, held);
	await changeDraft(remote.id, (now) => (now && now.changedAt !== held?.changedAt ? undefined : draft));
	const kept = new Set(draft.pages.map((page) => page.id));
	for (const page of held?.pages ?? []) if (!kept.has(page.id)) await dropFile(page.id);
	await fetchFiles(draft);
}

/** Both phones changed it: this one's stays what it is, the other's stands beside it as a form of its own. */
async function keepBoth(remote: DraftParts, local: Draft): Promise<void> {
	const theirs = await draftFrom(remote, undefined);
	await fetchFiles(theirs);
	const id = crypto.randomUUID();
	const name = m.draft_copy({ name: theirs.name ?? theirs.serviceName }).slice(0, LONGEST_NAME);
	await changeDraft(id, () => ({ ...theirs, id, name, synced: undefined }));
	const version = remote.version;
	await changeDraft(local.id, (now) => now && { ...now, synced: { version, changedAt: 0 } });
}

async function sendFiles(draft: Draft): Promise<Draft> {
	for (const page of draft.pages) {
		if (page.uploadId) continue;
		const uploadId = await upload(page, getLocale());
		await changeDraft(draft.id, (now) => now && withUpload(now, page.id, uploadId));
	}
	return (await draftById(draft.id)) ?? draft;
}

function withUpload(draft: Draft, id: string, uploadId: string): Draft {
	return { ...draft, pages: draft.pages.map((page) => (page.id === id ? { ...page, uploadId } : page)) };
}

/** Names of questions that the service no longer asks would be refused. */
async function answersOf(draft: Draft): Promise<{ name: string; value: string }[]> {
	const service = (await keptCatalogue()).find((one) => one.code === draft.service);
	const asked = new Set(service?.fields.map((field) => field.name));
	return Object.entries(draft.answers)
		.filter(([name, value]) => value !== '' && (!service || asked.has(name)))
		.map(([name, value]) => ({ name, value }));
}

async function push(local: Draft): Promise<void> {
	const draft = await sendFiles(local);
	const pairs = new Map<string, { requirement: string; uploadId: string; name: string }>();
	for (const { requirement, uploadId, name } of draft.pages) {
		if (uploadId) pairs.set(`${requirement} ${uploadId}`, { requirement, uploadId, name });
	}
	const outcome = await send(SaveDraft, {
		id: draft.id,
		version: draft.synced?.version ?? 0,
		serviceCode: draft.service,
		serviceVersion: draft.serviceVersion,
		name: draft.name ?? null,
		answers: await answersOf(draft),
		step: draft.step,
		documents: [...pairs.values()],
		changedAt: new Date(draft.changedAt).toISOString(),
	});
	const { ok, problem } = outcome;
	if (ok) {
		const synced = { version: ok.draft.version, changedAt: draft.changedAt };
		await changeDraft(draft.id, (now) => now && { ...now, synced });
	} else if (problem?.code === 'draft_gone') {
		// Sent or dropped elsewhere, and changed here since: it begins anew.
		await changeDraft(draft.id, (now) => now && { ...now, synced: undefined });
	} else if (problem?.code === 'upload_missing') {
		await changeDraft(
			draft.id,
			(now) => now && { ...now, pages: now.pages.map((page) => ({ ...page, uploadId: undefined })) },
		);
	}
}

async function syncOne(local: Draft, remote: DraftParts | undefined, open: boolean): Promise<void> {
	// Who is helped is known to this phone alone until the application is sent.
	if (local.helping) return;
	const dirty = local.changedAt !== local.synced?.changedAt;
	const newer = remote !== undefined && remote.version > (local.synced?.version ?? 0);
	if (dirty && newer) await keepBoth(remote, local);
	if (dirty) return push((await draftById(local.id)) ?? local);
	if (newer && !open) return pull(remote, local);
	if (remote && !newer) return fetchFiles(local);
	// It was in the account and is there no more: sent or dropped on another phone.
	if (!remote && !open) await dropHere(local);
}

/** What was sent or thrown away here; a form that another phone has changed since comes back from there. */
async function dropForgotten(person: string, remote: readonly DraftParts[]): Promise<Set<string>> {
	const done = new Set<string>();
	for (const { id, version } of await forgottenBy(person)) {
		const held = remote.find((one) => one.id === id);
		const seen = version ?? held?.version;
		const outcome = held && seen ? await send(DropDraft, { id, version: seen }) : undefined;
		if (outcome?.fault) continue;
		await forgetForgotten([id]);
		if (outcome?.ok) done.add(id);
	}
	return done;
}

async function syncAll(person: string): Promise<void> {
	const remote = await remoteDrafts();
	const gone = await dropForgotten(person, remote);
	const local = await drafts();
	const open = await openForms(local.map((draft) => draft.id));
	for (const draft of local) {
		const held = remote.find((one) => one.id === draft.id);
		await syncOne(draft, held, open.has(draft.id)).catch(() => undefined);
	}
	const waiting = new Set((await forgottenBy(person)).map((one) => one.id));
	const here = new Set(local.map((draft) => draft.id));
	for (const one of remote) {
		if (here.has(one.id) || gone.has(one.id) || waiting.has(one.id)) continue;
		await pull(one).catch(() => undefined);
	}
}

/** One sync at a time on this phone; without a person or a signal nothing happens. */
export async function syncDrafts(): Promise<void> {
	const { person } = session;
	if (!person) return;
	await alone(() => syncAll(person), LOCK);
	const channel = new BroadcastChannel(CHANNEL);
	channel.postMessage('synced');
	channel.close();
}

// Files from the document store: a ticket that answers once, fetched into memory and shown from there.
import { OpenDocument, OpenLetter } from './gql/generated/cases';
import { Fault } from './gql/transport';
import { sha256 } from './image';
import { type Outcome, send } from './send';

type Ticket = { url: string; mediaType: 'JPEG' | 'PNG' | 'PDF'; sha256: string };
export type Opened = { blob: Blob; mediaType: Ticket['mediaType']; sha256: string };
const MIME = { JPEG: 'image/jpeg', PNG: 'image/png', PDF: 'application/pdf' } as const;
const TIMEOUT_MS = 60_000;

export async function collect(ticket: Ticket): Promise<Opened> {
	const sameOrigin = new URL(ticket.url, location.origin).origin === location.origin;
	let bytes: ArrayBuffer;
	try {
		const response = await fetch(ticket.url, {
			credentials: sameOrigin ? 'same-origin' : 'omit',
			cache: 'no-store',
			signal: AbortSignal.timeout(TIMEOUT_MS),
		});
		if (!response.ok) throw new Fault('server');
		bytes = await response.arrayBuffer();
	} catch (error) {
		throw error instanceof Fault ? error : new Fault('offline');
	}
	// What is shown must be what the city holds, to the byte.
	if ((await sha256(bytes)) !== ticket.sha256) throw new Fault('server', 'sha256');
	return {
		blob: new Blob([bytes], { type: MIME[ticket.mediaType] }),
		mediaType: ticket.mediaType,
		sha256: ticket.sha256,
	};
}

async function opened(outcome: Outcome<unknown>, ticket: Ticket | undefined): Promise<Outcome<Opened>> {
	if (!ticket) return { problem: outcome.problem, fault: outcome.fault };
	try {
		return { ok: await collect(ticket) };
	} catch (error) {
		return { fault: error instanceof Fault ? error : new Fault('server') };
	}
}

export async function openDocument(documentId: string): Promise<Outcome<Opened>> {
	const outcome = await send(OpenDocument, { documentId });
	return opened(outcome, outcome.ok);
}

/** `ahead`: fetched to be read without a signal. */
export async function openLetter(
	applicationId: string,
	ahead = false,
): Promise<Outcome<Opened> & { version?: number; letterId?: string }> {
	const outcome = await send(OpenLetter, { applicationId, ahead });
	const version = outcome.ok?.application.version;
	return { ...(await opened(outcome, outcome.ok?.ticket)), version, letterId: outcome.ok?.letter.id };
}

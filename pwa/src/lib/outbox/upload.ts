// Sends one file: a ticket, the bytes straight to the document store, then the server's confirmation.
import { ConfirmUpload, RequestUpload } from '../gql/generated/cases';
import { execute, Fault, passing } from '../gql/transport';
import { fileBytes, type Page, type Refusal } from '../store';

const MIME = { JPEG: 'image/jpeg', PNG: 'image/png', PDF: 'application/pdf' } as const;
const TIMEOUT_MS = 120_000;

/** The server looked at a file and said no; trying again would not help. */
export class FileRefused extends Error {
	constructor(readonly refusal: Refusal) {
		super(refusal.message);
		this.name = 'FileRefused';
	}
}

function faultOf(response: Response): Fault {
	const { status } = response;
	if (status === 401) return new Fault('login');
	if (status === 408 || status === 429 || status === 503) return new Fault('busy');
	// A ticket that ran out (403, 404, 410) is no refusal of the file: a new one is asked for.
	return new Fault('server');
}

async function post(
	page: Page,
	bytes: ArrayBuffer,
	url: string,
	fields: { name: string; value: string }[],
): Promise<void> {
	const form = new FormData();
	for (const { name, value } of fields) form.append(name, value);
	form.append('file', new Blob([bytes], { type: MIME[page.mediaType] }), page.name);
	const sameOrigin = new URL(url, location.origin).origin === location.origin;
	let response: Response;
	try {
		response = await fetch(url, {
			method: 'POST',
			body: form,
			credentials: sameOrigin ? 'same-origin' : 'omit',
			signal: AbortSignal.timeout(TIMEOUT_MS),
		});
	} catch {
		throw new Fault('offline');
	}
	if (response.ok) return;
	if (response.status === 413 || response.status === 415 || response.status === 422) {
		const said = await response.json().catch(() => ({}));
		throw new FileRefused({
			__typename: 'InvalidInput',
			code: String(said.code ?? response.status),
			message: String(said.message ?? ''),
			fields: [
				{
					__typename: 'FieldProblem',
					path: `documents.${page.requirement}`,
					message: String(said.message ?? ''),
				},
			],
		});
	}
	throw faultOf(response);
}

/**
 * Send one page and return the id under which the server holds it.
 * @throws Fault when it may be tried again, FileRefused when it may not
 */
export async function upload(page: Page, locale: string): Promise<string> {
	const bytes = await fileBytes(page.id);
	if (!bytes) throw new FileRefused({ __typename: 'NotFound', code: 'FILE_GONE', message: '' });
	const { mediaType, sha256 } = page;
	const asked = await execute(
		RequestUpload,
		{ input: { idempotencyKey: crypto.randomUUID(), mediaType, size: bytes.byteLength, sha256 } },
		locale,
	);
	const ticket = asked.requestUpload;
	if (ticket.__typename !== 'UploadTicket') {
		throw passing(ticket) ?? new FileRefused(ticket);
	}
	await post(page, bytes, ticket.url, ticket.fields);
	const confirmed = await execute(
		ConfirmUpload,
		{ input: { idempotencyKey: crypto.randomUUID(), uploadId: ticket.uploadId } },
		locale,
	);
	const answer = confirmed.confirmUpload;
	if (answer.__typename === 'UploadConfirmed') return answer.uploadId;
	throw passing(answer) ?? new FileRefused(answer);
}

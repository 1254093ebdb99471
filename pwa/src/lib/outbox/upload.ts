// Sends one file in parts that resume: what the server lacks of it, each part with its hash, then its confirmation.
import { ConfirmUpload, RequestUpload } from '../gql/generated/cases';
import { execute, Fault, passing } from '../gql/transport';
import { putPart, waitOf } from '../part';
import { fileBytes, type Page, type Refusal } from '../store';

/** The server looked at a file and said no; trying again would not help. */
export class FileRefused extends Error {
	constructor(readonly refusal: Refusal) {
		super(refusal.message);
		this.name = 'FileRefused';
	}
}

/** How many bytes of how many are with the server. */
export type Progress = (sent: number, total: number) => void;

type Said = { code?: string; message?: string; messageEn?: string };

function faultOf(response: Response): Fault {
	const { status } = response;
	const retryAfter = waitOf(response);
	if (status === 401) return new Fault('login');
	if (status === 408 || status === 429 || status === 503) return new Fault('busy', undefined, retryAfter);
	// A captive portal answers 200 with a page of its own.
	if (response.ok) return new Fault('offline');
	// An upload that was swept (404) or a part damaged on its way (422): asked for and sent again.
	return new Fault('server', undefined, retryAfter);
}

function refused(page: Page, said: Said, locale: string): FileRefused {
	const message = String((locale === 'en' ? said.messageEn : said.message) ?? '');
	return new FileRefused({
		__typename: 'InvalidInput',
		code: String(said.code ?? ''),
		message,
		fields: [{ __typename: 'FieldProblem', path: `documents.${page.requirement}`, message }],
	});
}

async function put(page: Page, url: string, bytes: ArrayBuffer, locale: string): Promise<void> {
	const response = await putPart(url, bytes);
	if (response.status === 204) return;
	// Other bytes stand under this number: only the person can choose the file anew.
	if (response.status === 409) throw refused(page, await response.json().catch(() => ({})), locale);
	throw faultOf(response);
}

type Parts = { url: string; size: number; missing: readonly number[] };

async function sendParts(
	page: Page,
	bytes: ArrayBuffer,
	parts: Parts,
	locale: string,
	onProgress: Progress,
): Promise<void> {
	const total = bytes.byteLength;
	const part = (number: number) => bytes.slice(number * parts.size, (number + 1) * parts.size);
	let sent = parts.missing.reduce((left, number) => left - part(number).byteLength, total);
	onProgress(sent, total);
	for (const number of parts.missing) {
		const chunk = part(number);
		await put(page, `${parts.url}/${number}`, chunk, locale);
		sent += chunk.byteLength;
		onProgress(sent, total);
	}
}

/**
 * Send what the server lacks of one page and return the id under which it holds the file.
 * @throws Fault when it may be tried again (nothing that arrived travels twice), FileRefused when it may not
 */
export async function upload(
	page: Page,
	locale: string,
	onProgress: Progress = () => undefined,
): Promise<string> {
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
	await sendParts(page, bytes, ticket.parts, locale, onProgress);
	const confirmed = await execute(
		ConfirmUpload,
		{ input: { idempotencyKey: crypto.randomUUID(), uploadId: ticket.uploadId } },
		locale,
	);
	const answer = confirmed.confirmUpload;
	if (answer.__typename === 'UploadConfirmed') return answer.uploadId;
	throw passing(answer) ?? new FileRefused(answer);
}

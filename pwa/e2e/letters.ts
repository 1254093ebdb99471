// Letters that wait for the head, made over the API from real pages; and what a page may do with a passkey by hand.
import { type Browser, expect, type Page } from '@playwright/test';
import { codeFor, newNik, newPhone, OFFICER, staff } from './people';

// biome-ignore lint/suspicious/noExplicitAny: the answers are looked at field by field
type Json = any;

/** One request from within a page, with its own cookies. */
export async function ask(page: Page, query: string, variables: Json = {}): Promise<Json> {
	const answer = await page.evaluate(
		async ([document, given]) => {
			const response = await fetch('/graphql', {
				method: 'POST',
				headers: { 'content-type': 'application/json' },
				body: JSON.stringify({ query: document, variables: given }),
			});
			return response.json();
		},
		[query, variables] as const,
	);
	expect(answer.errors, JSON.stringify(answer.errors)).toBeUndefined();
	return answer.data;
}

/** One mutation; the refusal or what came of it. */
export async function act(
	page: Page,
	name: string,
	kind: string,
	fields: string,
	input: Json,
): Promise<Json> {
	const document = `mutation M($input: ${kind}!) { ${name}(input: $input) { __typename ... on Problem { code message } ${fields} } }`;
	const data = await ask(page, document, { input: { idempotencyKey: crypto.randomUUID(), ...input } });
	return data[name];
}

const SERVICE = 'DUK-KK-HILANG';
const CASE = '... on ApplicationChanged { application { id number version letter { id } } }';

async function applicant(page: Page): Promise<void> {
	const phone = newPhone();
	await page.goto('/lacak');
	const { challenge } = await act(page, 'requestCode', 'RequestCodeInput', '... on CodeSent { challenge }', {
		phone,
	});
	const code = await codeFor(page.request, phone);
	await act(page, 'verifyCode', 'VerifyCodeInput', '... on LoggedIn { viewer { id } }', { challenge, code });
	const profile = {
		name: 'Budi Santoso',
		nik: newNik(),
		address: 'Jalan Kawi 1',
		kelurahanCode: '35.73.05.1004',
	};
	await act(page, 'updateProfile', 'UpdateProfileInput', '... on ProfileUpdated { viewer { id } }', profile);
}

/** A photo of its own, drawn and sent by the page. */
async function upload(page: Page): Promise<string> {
	const made = await page.evaluate(async () => {
		const canvas = new OffscreenCanvas(320, 240);
		const brush = canvas.getContext('2d');
		if (!brush) throw new Error('no canvas');
		brush.fillStyle = `rgb(${Array.from(crypto.getRandomValues(new Uint8Array(3))).join(',')})`;
		brush.fillRect(0, 0, 320, 240);
		brush.fillText(crypto.randomUUID(), 20, 40);
		const blob = await canvas.convertToBlob({ type: 'image/jpeg' });
		const hash = await crypto.subtle.digest('SHA-256', await blob.arrayBuffer());
		Object.assign(window, { photo: blob });
		const hex = Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
		return { size: blob.size, sha256: hex };
	});
	const ticket = await act(
		page,
		'requestUpload',
		'RequestUploadInput',
		'... on UploadTicket { uploadId url fields { name value } }',
		{ mediaType: 'JPEG', ...made },
	);
	await page.evaluate(async ({ url, fields }) => {
		const form = new FormData();
		for (const field of fields) form.append(field.name, field.value);
		form.append('file', (window as unknown as { photo: Blob }).photo, 'x.jpg');
		await fetch(url, { method: 'POST', body: form });
	}, ticket);
	const { uploadId } = ticket;
	await act(page, 'confirmUpload', 'ConfirmUploadInput', '... on UploadConfirmed { uploadId }', { uploadId });
	return uploadId;
}

function answerTo(field: Json): string {
	if (field.profile === 'name') return 'Budi Santoso';
	if (field.kind === 'CHOICE') return field.choices[0].value;
	const plain: Record<string, string> = {
		NIK: newNik(),
		PHONE: '081234567890',
		DATE: '2026-01-05',
		EMAIL: 'b@contoh.id',
		KELURAHAN: '35.73.05.1004',
		NUMBER: '2',
	};
	return plain[field.kind] ?? 'Hilang di pasar besar';
}

/** So many letters that wait for the head of the registry, as their case numbers. */
export async function waitingLetters(browser: Browser, count: number): Promise<string[]> {
	const resident = await (await browser.newContext()).newPage();
	await applicant(resident);
	const officer = await (await staff(browser, OFFICER)).newPage();
	await officer.goto('/lacak');
	const { service } = await ask(
		resident,
		'query Q($c: String!) { service(code: $c) { version requirements { code kind required } fields { name kind required profile choices { value } } } }',
		{ c: SERVICE },
	);
	const numbers: string[] = [];
	for (let made = 0; made < count; made += 1) {
		const documents: Json[] = [];
		for (const one of service.requirements) {
			if (one.kind === 'DOCUMENT' && one.required)
				documents.push({ requirement: one.code, uploadId: await upload(resident) });
		}
		const answers = service.fields
			.filter((one: Json) => one.required)
			.map((one: Json) => ({ name: one.name, value: answerTo(one) }));
		const sent = await act(resident, 'submitApplication', 'SubmitApplicationInput', CASE, {
			serviceCode: SERVICE,
			serviceVersion: service.version,
			answers,
			documents,
		});
		expect(sent.__typename, JSON.stringify(sent)).toBe('ApplicationChanged');
		let { id, version, number } = sent.application;
		for (const step of ['takeApplication', 'approveApplication']) {
			const moved = await act(officer, step, 'CaseActionInput', CASE, { applicationId: id, version });
			({ id, version, number } = moved.application);
		}
		numbers.push(number);
	}
	await resident.context().close();
	await officer.context().close();
	return numbers;
}

export type Seen = { letterId: string; version: number; sha256: string; applicationId: string };

/** Open a letter as soon as it is drawn. */
export async function openLetter(head: Page, number: string): Promise<Seen> {
	const { application } = await ask(head, 'query Q($n: String!) { application(number: $n) { id } }', {
		n: number,
	});
	let seen: Seen | undefined;
	await expect(async () => {
		const found = await act(
			head,
			'openLetter',
			'OpenLetterInput',
			'... on LetterOpened { letter { id sha256 } application { version } }',
			{ applicationId: application.id },
		);
		expect(found.__typename).toBe('LetterOpened');
		seen = {
			letterId: found.letter.id,
			sha256: found.letter.sha256,
			version: found.application.version,
			applicationId: application.id,
		};
	}).toPass({ timeout: 40_000 });
	if (!seen) throw new Error('never drawn');
	return seen;
}

export async function prepare(head: Page, letters: Seen[]): Promise<Json> {
	const asked = letters.map(({ letterId, sha256 }) => ({ letterId, sha256 }));
	return act(
		head,
		'prepareSigning',
		'PrepareSigningInput',
		'... on SigningPrepared { intentId options secondOptions }',
		{ letters: asked },
	);
}

/** The answer of the passkey, asked for by the page itself; or the name of the browser's own refusal. */
export async function finger(head: Page, options: string, change: Json = {}): Promise<Json> {
	return head.evaluate(
		async ([text, over]) => {
			try {
				const asked = PublicKeyCredential.parseRequestOptionsFromJSON({ ...JSON.parse(text), ...over });
				const made = (await navigator.credentials.get({ publicKey: asked })) as PublicKeyCredential;
				const { id, response } = made.toJSON() as AuthenticationResponseJSON;
				const { authenticatorData, clientDataJSON, signature } = response;
				return { id, authenticatorData, clientDataJson: clientDataJSON, signature };
			} catch (error) {
				return (error as DOMException).name;
			}
		},
		[options, change] as const,
	);
}

export async function sign(head: Page, intentId: string, assertion: Json, letters: Seen[]): Promise<Json> {
	const wanted = letters.map(({ letterId, sha256, version }) => ({ letterId, sha256, version }));
	return act(
		head,
		'signLetters',
		'SignLettersInput',
		'... on LettersSigned { outcomes { problem { code message } } }',
		{ intentId, assertion, letters: wanted },
	);
}

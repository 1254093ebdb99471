// The people of the tests, and what they do on a phone.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
	type APIRequestContext,
	type Browser,
	type BrowserContext,
	expect,
	type Page,
	test,
} from '@playwright/test';
import { age } from './commands';

export const OFFICER = '081100010001';
export const SECOND_OFFICER = '081100010091';
export const TREASURY = '081100010050';
export const HEAD = '081100020001';
export const SERVICE = 'DUK-KTP-HILANG';
/** Where the session of one of the staff is kept: of this worker's city, or of the one that a set-up is for. */
export const stateOf = (phone: string) => {
	const { port } = new URL(test.info().project.use.baseURL ?? '');
	return join(import.meta.dirname, '..', '.auth', port, `${phone}.json`);
};
const photo = () => readFileSync(join(import.meta.dirname, 'photo.jpg'));

const digits = (count: number) =>
	Array.from({ length: count }, () => Math.floor(Math.random() * 10)).join('');
/** A resident whom the city has never met: each test has its own, so that no rate limit is shared. */
export const newPhone = () => `0812${digits(8)}`;
/** Born 17 August 1990 in Klojen. */
export const newNik = () => `357301170890${String(1 + Math.floor(Math.random() * 9998)).padStart(4, '0')}`;

/** The one-time code that the console gateway would have sent. */
export async function codeFor(request: APIRequestContext, phone: string): Promise<string> {
	const answer = await request.get('/dev/codes', { params: { phone } });
	expect(answer.ok()).toBe(true);
	return String((await answer.json()).code);
}

/** Fill the login form that is on the screen. */
export async function proveNumber(page: Page, phone: string): Promise<void> {
	await page.getByLabel('Nomor HP').fill(phone);
	await page.getByRole('button', { name: 'Kirim kode' }).click();
	await expect(page.getByLabel('Kode 6 angka')).toBeFocused();
	await page.getByLabel('Kode 6 angka').fill(await codeFor(page.request, phone));
	await page.getByRole('button', { name: 'Masuk', exact: true }).click();
}

/** Log in once more with the same number: one code a minute is sent, so in a city of ours the minute passes. */
export async function proveAgain(page: Page, phone: string): Promise<void> {
	if (process.env.LUGAS_URL === undefined) age('code', phone);
	await page.getByLabel('Nomor HP').fill(phone);
	await expect(async () => {
		await page.getByRole('button', { name: 'Kirim kode' }).click();
		await expect(page.getByLabel('Kode 6 angka')).toBeVisible({ timeout: 3000 });
	}).toPass({ timeout: 80_000, intervals: [5000] });
	await page.getByLabel('Kode 6 angka').fill(await codeFor(page.request, phone));
	await page.getByRole('button', { name: 'Masuk', exact: true }).click();
}

export async function fillProfile(page: Page, name: string): Promise<void> {
	await page.getByLabel('Nama lengkap').fill(name);
	if ((await page.getByLabel('NIK').inputValue()) === '') await page.getByLabel('NIK').fill(newNik());
	await page.getByLabel('Alamat').fill('Jalan Kawi 1, RT 003/RW 005');
	await page.getByLabel('Kelurahan', { exact: true }).selectOption({ label: 'Klojen' });
}

/** A new resident, logged in with a whole profile. */
export async function resident(page: Page, name = 'Budi Santoso'): Promise<string> {
	const phone = newPhone();
	await page.goto('/masuk?lanjut=/akun/profil');
	await proveNumber(page, phone);
	await expect(page.getByRole('heading', { name: 'Profil' })).toBeVisible();
	await fillProfile(page, name);
	await page.getByRole('button', { name: 'Simpan' }).click();
	await expect(page.getByRole('heading', { name })).toBeVisible();
	return phone;
}

export async function staff(browser: Browser, phone: string): Promise<BrowserContext> {
	return browser.newContext({ storageState: stateOf(phone) });
}

export const addPhoto = (page: Page) =>
	page
		.locator('input[type=file]')
		.first()
		.setInputFiles({ name: 'foto.jpg', mimeType: 'image/jpeg', buffer: photo() });

/** Answer every question of the form on the screen, whatever the service asks. */
export async function answerQuestions(page: Page, name = 'Budi Santoso'): Promise<void> {
	await expect(page.getByRole('heading', { name: 'Isi yang perlu saja' })).toBeVisible();
	const nik = page.locator('#f-nik');
	if (await nik.count()) await nik.fill(newNik());
	const known: Record<string, string> = { name, address: 'Jalan Kawi 1, RT 003/RW 005' };
	for (const input of await page.locator('main form input[type=text], main form textarea').all()) {
		const field = (await input.getAttribute('name')) ?? '';
		const counts = (await input.getAttribute('inputmode')) === 'numeric';
		if ((await input.inputValue()) === '')
			await input.fill(known[field] ?? (counts ? '2' : 'Hilang di pasar'));
	}
	for (const select of await page.locator('main form select').all()) {
		if ((await select.inputValue()) === '') await select.selectOption({ index: 1 });
	}
	const choices = page.locator('main form fieldset').filter({ has: page.getByRole('radio') });
	for (const group of await choices.all()) await group.getByRole('radio').first().check();
	for (const date of await page.locator('main form input[type=date]').all()) await date.fill('2026-01-05');
	await page.getByRole('button', { name: 'Lanjut' }).click();
}

/** From the service page to the review, with a photo for each needed document. */
export async function fillApplication(page: Page, service = SERVICE): Promise<void> {
	await page.goto(`/layanan/${service}`);
	await page.getByRole('link', { name: /^Mulai, / }).click();
	await answerQuestions(page);
	await addDocuments(page);
}

/** From the first document to the review, with a photo for each needed one. */
export async function addDocuments(page: Page): Promise<void> {
	for (;;) {
		await expect(page.getByText(/^Langkah [2-9]/)).toBeVisible();
		const send = page.getByRole('button', { name: 'Kirim permohonan' });
		const next = page.getByRole('button', { name: /^Lanjut/ });
		await expect(send.or(next)).toBeVisible();
		if (await send.isVisible()) return;
		const step = (await page.locator('main h1').textContent()) ?? '';
		if (step !== 'Berkas tambahan, bila ada') {
			await addPhoto(page);
			await expect(page.getByText('Terbaca', { exact: true })).toBeVisible();
		}
		await next.click();
		await expect(page.locator('main h1')).not.toHaveText(step);
	}
}

/** Send from the review; returns the receipt number without hyphens. */
export async function sendApplication(page: Page): Promise<string> {
	await page.getByRole('button', { name: 'Kirim permohonan' }).click();
	await expect(page).toHaveURL(/\/permohonan\/[0-9A-Z]{10}\/terima$/);
	return new URL(page.url()).pathname.split('/')[2] ?? '';
}

// What lies on a phone is sealed while its owner uses it; on a phone that is handed on, nothing is left.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from '@playwright/test';
import { expect, test } from './base';
import { fillApplication, newNik, resident, sendApplication } from './people';
import { dump, filesWith, rows } from './stores';

const NAME = 'Kenari Rahasia';
const ANSWER = 'KenariDiIsian77';
const IN_FILE = 'KenariDiBerkas88';
const FILE_NAME = 'KenariNamaBerkas99';
const CANARIES = [NAME, ANSWER, IN_FILE, FILE_NAME];
const DRAFT = 'KTP-el hilang atau rusak';
/** A PDF travels as it is; a photo would be drawn anew, and the canary in it would be gone by itself. */
const pdf = {
	name: `${FILE_NAME}.pdf`,
	mimeType: 'application/pdf',
	buffer: Buffer.from(`%PDF-1.4\n% ${IN_FILE}\n%%EOF\n`),
};

/** What the account holds comes back with the next log-in; here the form never gets there. */
async function withoutSync(page: Page): Promise<void> {
	await page.route('**/graphql', (route) =>
		/SaveDraft|RequestUpload/.test(route.request().postData() ?? '') ? route.abort() : route.fallback(),
	);
}

/** A half-filled form with a canary in an answer, in a file and in the file's name. */
async function fillWithCanaries(page: Page): Promise<void> {
	await page.goto('/layanan/DUK-KTP-HILANG/ajukan');
	await expect(page.getByRole('heading', { name: 'Isi yang perlu saja' })).toBeVisible();
	const nik = page.locator('#f-nik');
	if (await nik.count()) await nik.fill(newNik());
	for (const input of await page.locator('main form input[type=text], main form textarea').all()) {
		if ((await input.inputValue()) === '') await input.fill(ANSWER);
	}
	const known = page.getByRole('region', { name: 'Dipakai dari data Anda' });
	if (await known.isVisible()) {
		await known.getByRole('button', { name: /Alamat tempat tinggal/ }).click();
		await page.getByLabel('Alamat tempat tinggal').fill(ANSWER);
	}
	for (const select of await page.locator('main form select').all()) {
		if ((await select.inputValue()) === '') await select.selectOption({ index: 1 });
	}
	await page.getByRole('radio').first().check();
	await page.getByRole('button', { name: 'Lanjut' }).click();
	await page.locator('input[type=file]').last().setInputFiles(pdf);
	await expect(page.getByText('PDF', { exact: true })).toBeVisible();
}

function expectNoCanary(text: string): void {
	expect(CANARIES.filter((canary) => text.includes(canary))).toEqual([]);
}

async function logOut(page: Page): Promise<void> {
	await page.goto('/akun');
	await page.getByRole('button', { name: 'Keluar', exact: true }).click();
	const sheet = page.getByRole('dialog');
	await expect(sheet).toContainText(DRAFT);
	await sheet.getByRole('button', { name: 'Keluar dan hapus' }).click();
	await expect(page).toHaveURL(/\/$/);
}

test('what lies on the phone shows no byte of a person, and after log-out nothing is left', async ({
	page,
	context,
}) => {
	test.setTimeout(180_000);
	await withoutSync(page);
	await resident(page, NAME);
	await fillWithCanaries(page);
	await page.goto('/permohonan');
	await expect(page.getByRole('heading', { name: 'Belum selesai diisi' })).toBeVisible();
	expect(await rows(page, 'drafts')).toHaveLength(1);
	expect(await rows(page, 'files')).toHaveLength(1);
	expect((await rows(page, 'reads')).some((row) => row.owner !== 'public')).toBe(true);
	const before = await dump(page, context);
	expectNoCanary(before);
	expect(before).toContain('CryptoKey secret extractable=false');
	expect(before).not.toContain('extractable=true');

	await logOut(page);
	const after = await dump(page, context);
	expectNoCanary(after);
	expect(after).not.toContain('CryptoKey');
	for (const store of ['drafts', 'files', 'outbox']) expect(await rows(page, store), store).toEqual([]);
	expect((await rows(page, 'reads')).filter((row) => row.owner !== 'public')).toEqual([]);
	await page.goto('/permohonan');
	await expect(page.getByRole('link', { name: 'Masuk', exact: true })).toBeVisible();
});

test('the raw files of the browser hold no byte of a person, before log-out and after', async ({
	baseURL,
}) => {
	test.setTimeout(180_000);
	const profile = mkdtempSync(join(tmpdir(), 'lugas-profile-'));
	const { launchOptions, viewport, locale, timezoneId } = test.info().project.use;
	const phone = await chromium.launchPersistentContext(profile, {
		...launchOptions,
		baseURL,
		viewport,
		locale,
		timezoneId,
	});
	const page = await phone.newPage();
	await withoutSync(page);
	await resident(page, NAME);
	await fillWithCanaries(page);
	await page.waitForTimeout(1000);
	const ours = (path: string) =>
		/IndexedDB|Service Worker|Local Storage|Session Storage|blob_storage/.test(path);
	expect(filesWith(profile, CANARIES).filter(ours)).toEqual([]);
	await logOut(page);
	await phone.close();
	// The profile's name is what browsers themselves fill in (WCAG 1.3.5): their memory of it is not ours to wipe.
	const [found, named] = [filesWith(profile, [ANSWER, IN_FILE, FILE_NAME]), filesWith(profile, [NAME])];
	rmSync(profile, { recursive: true, force: true });
	expect(found).toEqual([]);
	expect(named.filter((path) => !/^Default\/(Web Data|Sessions\/)/.test(path))).toEqual([]);
});

test('a form begun before the log-in becomes the person own, and the next person sees nothing of it', async ({
	page,
}) => {
	test.setTimeout(180_000);
	await fillWithCanaries(page);
	expect((await rows(page, 'drafts')).map((row) => row.owner)).toEqual(['nobody']);
	await resident(page, NAME);
	const owners = async () =>
		new Set([...(await rows(page, 'drafts')), ...(await rows(page, 'files'))].map((row) => row.owner));
	await expect.poll(async () => [...(await owners())].includes('nobody')).toBe(false);
	await page.goto('/permohonan');
	await expect(page.getByText(DRAFT).first()).toBeVisible();

	// Handed on without a log-out: the session is gone, somebody else logs in.
	await page.context().clearCookies();
	await page.goto('/draf');
	await expect(page.getByText('Tidak ada isian yang belum selesai')).toBeVisible();
	await resident(page, 'Orang Berikutnya');
	await page.goto('/permohonan');
	await expect(page.getByText('Belum ada permohonan')).toBeVisible();
	await expect(page.getByText(DRAFT)).toBeHidden();
	expect(await rows(page, 'drafts')).toHaveLength(1);
});

test('log-out names what has not been sent, and offers to send it first', async ({ page, context }) => {
	test.setTimeout(180_000);
	await resident(page, NAME);
	await fillApplication(page);
	await context.setOffline(true);
	const number = await sendApplication(page);
	await page.goto('/akun');
	await page.getByRole('button', { name: 'Keluar', exact: true }).click();
	const sheet = page.getByRole('dialog');
	await expect(sheet).toContainText('1 kiriman belum terkirim: hilang bila Anda keluar sekarang.');
	await expect(sheet).toContainText(`${number.slice(0, 4)}-${number.slice(4, 8)}-${number.slice(8)}`);
	await sheet.getByRole('button', { name: 'Keluar dan hapus' }).click();
	await expect(sheet.getByRole('alert')).toContainText('Server belum bisa dihubungi');
	await context.setOffline(false);
	await sheet.getByRole('button', { name: 'Kirim dulu' }).click();
	await expect(sheet.getByText('Semua sudah terkirim.')).toBeVisible({ timeout: 40_000 });
	await sheet.getByRole('button', { name: 'Keluar', exact: true }).click();
	await expect(page).toHaveURL(/\/$/);
	await page.goto(`/lacak/${number}`);
	await expect(page.getByText('Diterima').first()).toBeVisible();
});

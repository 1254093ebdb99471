// Half-filled forms: any number, named, called back after a slip, and gone on with on another phone.
import type { Browser, Page } from '@playwright/test';
import { faults } from './axe';
import { expect, test } from './base';
import { addDocuments, answerQuestions, proveAgain, resident, SERVICE, sendApplication } from './people';
import { rows } from './stores';

const ADDRESS = 'Jalan Ijen 9, RT 001/RW 002';

async function begin(page: Page, service: string, fresh = false): Promise<void> {
	await page.goto(`/layanan/${service}/ajukan${fresh ? '?draf=baru' : ''}`);
	await answerQuestions(page);
	await expect(page.getByText(/^Langkah [2-9]/)).toBeVisible();
}
const cards = (page: Page) => page.locator('main li.card');

/** The same person logs in on a second phone. */
async function secondPhone(browser: Browser, phone: string): Promise<Page> {
	const context = await browser.newContext();
	const page = await context.newPage();
	await page.goto('/masuk?lanjut=/draf');
	await proveAgain(page, phone);
	await expect(page).toHaveURL(/\/draf$/);
	return page;
}

test('drafts are many, have names, and a deleted one can be called back', async ({ page }) => {
	test.setTimeout(180_000);
	await begin(page, SERVICE);
	await begin(page, SERVICE, true);
	await begin(page, SERVICE, true);
	await page.goto('/draf');
	await expect(cards(page)).toHaveCount(3);
	await cards(page)
		.first()
		.getByRole('button', { name: /^Ganti nama/ })
		.click();
	await page.getByRole('textbox').fill('KK Ibu');
	await page.getByRole('button', { name: 'Simpan' }).click();
	await expect(cards(page).filter({ hasText: 'KK Ibu' })).toHaveCount(1);
	for (const colorScheme of ['light', 'dark'] as const) {
		await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
		expect(await faults(page)).toEqual([]);
		expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
	}
	await page.getByRole('button', { name: 'Hapus KK Ibu' }).click();
	await expect(cards(page)).toHaveCount(2);
	await page.getByRole('button', { name: 'Kembalikan' }).click();
	await expect(cards(page)).toHaveCount(3);
	await page.getByRole('button', { name: 'Hapus KK Ibu' }).click();
	await page.getByRole('navigation').getByRole('link', { name: 'Permohonan' }).click();
	await page.getByRole('link', { name: 'Semua isian' }).click();
	await expect(cards(page)).toHaveCount(2);
	await cards(page)
		.first()
		.getByRole('link', { name: /^Lanjutkan isian/ })
		.click();
	await expect(page.getByText(/^Langkah 2/)).toBeVisible();
});

test('another phone goes on where this one stopped, files included; sent there, the form is gone here', async ({
	page,
	browser,
}) => {
	test.setTimeout(300_000);
	const phone = await resident(page, 'Laras Wulandari');
	await begin(page, SERVICE);
	await page
		.locator('input[type=file]')
		.first()
		.setInputFiles(`${import.meta.dirname}/photo.jpg`);
	await expect(page.getByText('Terbaca', { exact: true })).toBeVisible();
	await page.getByRole('button', { name: 'Lanjut' }).click();
	await expect(page.getByText(/^Langkah 3/)).toBeVisible();
	await page.goto('/draf');
	await expect(page.getByText('di akun', { exact: true })).toBeVisible({ timeout: 30_000 });

	const other = await secondPhone(browser, phone);
	await expect(cards(other)).toHaveCount(1, { timeout: 30_000 });
	await expect.poll(async () => (await rows(other, 'files')).length, { timeout: 30_000 }).toBe(1);
	await cards(other)
		.first()
		.getByRole('link', { name: /^Lanjutkan isian/ })
		.click();
	await expect(other.getByText(/^Langkah 3/)).toBeVisible();
	await other.goto(other.url().replace('langkah=3', 'langkah=2'));
	await expect(other.getByRole('img', { name: /halaman 1/ })).toBeVisible();
	await other.getByRole('button', { name: 'Lanjut' }).click();
	await addDocuments(other);
	const number = await sendApplication(other);
	await expect(other.getByRole('heading', { name: 'Permohonan terkirim' })).toBeVisible({ timeout: 40_000 });

	await expect(async () => {
		await page.goto('/draf');
		await expect(page.getByText('Tidak ada isian yang belum selesai')).toBeVisible({ timeout: 8000 });
	}).toPass({ timeout: 60_000 });
	await page.goto(`/permohonan/${number}`);
	await expect(page.getByRole('heading', { level: 1 })).toContainText('Selesai paling lambat');
	await other.context().close();
});

test('changed on two phones at once, both forms are kept', async ({ page, browser }) => {
	test.setTimeout(300_000);
	const phone = await resident(page, 'Laras Wulandari');
	await begin(page, SERVICE);
	await page.goto('/draf');
	await expect(page.getByText('di akun', { exact: true })).toBeVisible({ timeout: 30_000 });
	const other = await secondPhone(browser, phone);
	await expect(cards(other)).toHaveCount(1, { timeout: 30_000 });

	// This phone loses its signal and goes on; the other one goes on too, and is first.
	await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
	await page.context().setOffline(true);
	await page.goto(`/layanan/${SERVICE}/ajukan`);
	const change = async (one: Page, address: string) => {
		await one.getByRole('button', { name: /Alamat tempat tinggal/ }).click();
		await one.getByLabel('Alamat tempat tinggal').fill(address);
		await one.waitForTimeout(800);
	};
	await change(page, ADDRESS);
	await other.goto(`/layanan/${SERVICE}/ajukan`);
	await change(other, 'Jalan Semeru 3');
	await other.goto('/draf');
	await expect(other.getByText('di akun', { exact: true })).toBeVisible({ timeout: 30_000 });
	await page.context().setOffline(false);
	await page.goto('/draf');
	await expect(cards(page)).toHaveCount(2, { timeout: 30_000 });
	await expect(cards(page).filter({ hasText: '(dari HP lain)' })).toHaveCount(1);
	await expect(page.getByText('di akun', { exact: true })).toHaveCount(2, { timeout: 30_000 });
	const addressOf = async (card: ReturnType<typeof cards>) => {
		await card.getByRole('link', { name: /^Lanjutkan isian/ }).click();
		await expect(page.getByRole('button', { name: 'Kembali' })).toBeVisible();
		await page.goto(page.url().replace(/langkah=\d+/, 'langkah=1'));
		const value = await page.getByLabel('Alamat tempat tinggal').inputValue();
		await page.goto('/draf');
		return value;
	};
	expect(await addressOf(cards(page).filter({ hasText: '(dari HP lain)' }))).toBe('Jalan Semeru 3');
	expect(await addressOf(cards(page).filter({ hasNotText: '(dari HP lain)' }))).toBe(ADDRESS);
	await other.context().close();
});

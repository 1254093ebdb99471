// The outbox: what waits says why, what was refused comes back as a choice, and an office's acts wait there too.
import type { BrowserContext, Page } from '@playwright/test';
import { faults } from './axe';
import { expect, test } from './base';
import {
	fillApplication,
	OFFICER,
	proveAgain,
	resident,
	SECOND_OFFICER,
	sendApplication,
	staff,
} from './people';

const REASON = 'Nama di foto tidak sama dengan nama di isian.';

async function sentCase(page: Page): Promise<string> {
	await resident(page, 'Sekar Ayu');
	await fillApplication(page);
	const number = await sendApplication(page);
	await expect(page.getByRole('heading', { name: 'Permohonan terkirim' })).toBeVisible({ timeout: 40_000 });
	return number;
}

async function deskAt(context: BrowserContext, number: string): Promise<Page> {
	const desk = await context.newPage();
	await desk.goto(`/berkas/${number}`);
	await expect(desk.getByRole('button', { name: 'Ambil berkas ini' })).toBeVisible();
	await desk.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
	return desk;
}

test('an officer acts with no signal; the act waits, is sent by itself, and is done once', async ({
	page,
	browser,
}) => {
	test.setTimeout(180_000);
	const number = await sentCase(page);
	const context = await staff(browser, OFFICER);
	const desk = await deskAt(context, number);
	await context.setOffline(true);
	await desk.getByRole('button', { name: 'Ambil berkas ini' }).click();
	await expect(desk.getByText('Ambil berkas ini: menunggu dikirim.')).toBeVisible();
	await expect(desk.getByRole('button', { name: 'Ambil berkas ini' })).toBeDisabled();
	await desk
		.getByRole('link', { name: /menunggu dikirim/ })
		.last()
		.click();
	await expect(desk.getByRole('heading', { name: '1 menunggu dikirim' })).toBeVisible();
	await expect(desk.getByText('Menunggu sinyal')).toBeVisible();
	await context.setOffline(false);
	await expect(desk.getByRole('heading', { name: 'Semua sudah sampai' })).toBeVisible({ timeout: 40_000 });
	await desk.goto(`/berkas/${number}`);
	await expect(desk.getByText('Anda tangani')).toBeVisible();
	await expect(desk.getByText('Mulai diperiksa')).toHaveCount(1);
});

test('a refusal written with no signal meets a changed case: it comes back as a choice, and is done on the new state', async ({
	page,
	browser,
}) => {
	test.setTimeout(240_000);
	const number = await sentCase(page);
	const context = await staff(browser, OFFICER);
	const desk = await deskAt(context, number);
	await desk.getByRole('button', { name: 'Ambil berkas ini' }).click();
	await expect(desk.getByText('Berkas ini sekarang Anda tangani.')).toBeVisible();
	await desk.routeWebSocket(/\/graphql$/, () => undefined);
	await desk.reload();
	await desk.getByRole('button', { name: 'Tolak', exact: true }).click();
	await desk.getByLabel('Alasan').fill(REASON);
	await context.setOffline(true);
	await desk.getByRole('dialog').getByRole('button', { name: 'Tolak', exact: true }).click();
	await expect(desk.getByText('Tolak: menunggu dikirim.')).toBeVisible({ timeout: 20_000 });

	// Meanwhile, on another phone of the same officer, the case is let go, taken over by a colleague, and let go.
	const elsewhere = await staff(browser, OFFICER);
	const phone = await elsewhere.newPage();
	await phone.goto(`/berkas/${number}`);
	await phone.getByRole('button', { name: 'Lepas', exact: true }).click();
	await expect(phone.getByText('Dilepas. Petugas lain bisa mengambilnya.')).toBeVisible();
	await phone.getByRole('button', { name: 'Ambil berkas ini' }).click();
	await expect(phone.getByText('Berkas ini sekarang Anda tangani.')).toBeVisible();

	await context.setOffline(false);
	await desk.goto('/kiriman');
	const card = desk.getByRole('article');
	await expect(card).toContainText('Berkas ini sudah diubah orang lain.', { timeout: 40_000 });
	await expect(card).toContainText(REASON);
	expect(await faults(desk)).toEqual([]);
	await desk.reload();
	await card.getByRole('button', { name: 'Lihat apa yang berubah' }).click();
	await expect(card).toContainText('Sekarang: Sedang diperiksa');
	await card.getByRole('button', { name: 'Tolak pada keadaan sekarang' }).click();
	await expect(desk.getByRole('heading', { name: 'Semua sudah sampai' })).toBeVisible({ timeout: 40_000 });
	await page.goto(`/permohonan/${number}`);
	await expect(page.getByText(REASON).first()).toBeVisible();
	await expect(page.getByRole('heading', { level: 1 })).toContainText('Ditolak');
});

test('a conflict that can no longer be done says so, and is dropped only at a word', async ({
	page,
	browser,
}) => {
	test.setTimeout(240_000);
	const number = await sentCase(page);
	const context = await staff(browser, OFFICER);
	const desk = await deskAt(context, number);
	await desk.getByRole('button', { name: 'Ambil berkas ini' }).click();
	await expect(desk.getByText('Berkas ini sekarang Anda tangani.')).toBeVisible();
	await desk.routeWebSocket(/\/graphql$/, () => undefined);
	await desk.reload();
	await desk.getByRole('button', { name: 'Kembalikan', exact: true }).click();
	const sheet = desk.getByRole('dialog');
	await sheet.getByRole('checkbox').first().check();
	await sheet.getByLabel('Apa yang harus diganti?').fill(REASON);
	await context.setOffline(true);
	await sheet.getByRole('button', { name: 'Kembalikan', exact: true }).click();
	await expect(desk.getByText('Kembalikan: menunggu dikirim.')).toBeVisible({ timeout: 20_000 });

	const phone = await (await staff(browser, OFFICER)).newPage();
	await phone.goto(`/berkas/${number}`);
	await phone.getByRole('button', { name: 'Lepas', exact: true }).click();
	await expect(phone.getByText('Dilepas. Petugas lain bisa mengambilnya.')).toBeVisible();
	const other = await deskAt(await staff(browser, SECOND_OFFICER), number);
	await other.getByRole('button', { name: 'Ambil berkas ini' }).click();
	await expect(other.getByText('Berkas ini sekarang Anda tangani.')).toBeVisible();

	await context.setOffline(false);
	const card = desk.getByRole('article');
	await expect(card).toContainText('sudah diubah orang lain', { timeout: 40_000 });
	await expect(card).toContainText('"Kembalikan" tidak bisa lagi dilakukan pada keadaan ini.');
	await expect(card).toContainText(REASON);
	await card.getByRole('button', { name: /^Hapus/ }).click();
	await expect(card).toBeHidden();
	await page.goto(`/permohonan/${number}`);
	await expect(page.getByText(REASON)).toHaveCount(0);
});

test('an application that waits is changed or thrown away, and its reason is said in both themes', async ({
	page,
	context,
}) => {
	test.setTimeout(180_000);
	await resident(page, 'Sekar Ayu');
	await fillApplication(page);
	await context.setOffline(true);
	await sendApplication(page);
	await page.getByRole('link', { name: /1 menunggu dikirim/ }).click();
	const card = page.getByRole('article');
	await expect(card).toContainText('Menunggu sinyal');
	await expect(card).toContainText('2 berkas');
	for (const colorScheme of ['light', 'dark'] as const) {
		await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
		expect(await faults(page)).toEqual([]);
		expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
	}
	await card.getByRole('button', { name: /^Ubah/ }).click();
	await expect(page).toHaveURL(/\/ajukan/);
	await page.goto('/kiriman');
	await expect(page.getByRole('heading', { name: 'Semua sudah sampai' })).toBeVisible();
	await page.goto('/permohonan');
	await expect(page.getByRole('heading', { name: 'Belum selesai diisi' })).toBeVisible();
	await context.setOffline(false);
});

test('when the session is over nothing of what waits is shown, until its person logs in and it is sent', async ({
	page,
	context,
}) => {
	test.setTimeout(240_000);
	const phone = await resident(page, 'Sekar Ayu');
	await fillApplication(page);
	await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
	await context.setOffline(true);
	const number = await sendApplication(page);
	await expect(page.getByRole('heading', { name: 'Permohonan tersimpan' })).toBeVisible();
	await context.clearCookies();
	await context.setOffline(false);
	await page.goto('/kiriman');
	await expect(page.getByText('1 kiriman menunggu Anda masuk').first()).toBeVisible();
	await expect(page.getByText('KTP-el hilang atau rusak')).toHaveCount(0);
	await page.locator('main').getByRole('link', { name: 'Masuk' }).click();
	await proveAgain(page, phone);
	await expect(page).toHaveURL(/\/kiriman$/);
	await expect(page.getByRole('heading', { name: 'Semua sudah sampai' })).toBeVisible({ timeout: 40_000 });
	await page.goto(`/permohonan/${number}`);
	await expect(page.getByRole('heading', { level: 1 })).toContainText('Selesai paling lambat');
});

// What the app promises without a signal.
import { expect, test } from './base';
import { answerQuestions, fillApplication, resident, sendApplication } from './people';
import { rows } from './stores';

/** What stands over an answer that comes from the phone. */
const AGE = /^Tanpa sinyal\. Yang Anda lihat dari .*\d/;

test('the app starts with no network after one visit, and the catalogue is searched on the phone', async ({
	page,
	context,
}) => {
	test.setTimeout(180_000);
	await page.goto('/');
	await expect(page.getByRole('link', { name: /KTP-el/ }).first()).toBeVisible();
	await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
	// The catalogue is fetched in a quiet moment; the test waits for what it leaves behind.
	await expect
		.poll(async () => (await rows(page, 'reads')).some(({ id }) => id.includes(' Holidays ')), {
			timeout: 40_000,
		})
		.toBe(true);
	await context.setOffline(true);
	await page.goto('/');
	await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
	await expect(page.getByText('Tanpa sinyal.').first()).toBeVisible();
	await page.getByLabel('Cari layanan').fill('IMB');
	await expect(page.getByText('Dicari di HP Anda, tanpa sinyal.')).toBeVisible();
	await page.locator('main .list a').first().click();
	await expect(page.getByRole('link', { name: /^Mulai, / })).toBeVisible();
	// Every service with its whole form, though none of them was ever opened; the holidays; a screen never seen.
	await page.goto('/layanan');
	const services = page.locator('main .list a');
	await expect(services).toHaveCount(37);
	const hrefs = await services.evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''));
	for (const href of hrefs) {
		await page.goto(`${href}/ajukan`);
		await expect(page.getByRole('heading', { level: 1 }), href).toBeVisible();
		await expect(page.getByText(/^Langkah 1 dari [1-9]/), href).toBeVisible();
	}
	await page.goto('/hari-libur');
	await expect(page.getByText(/Kemerdekaan/).first()).toBeVisible();
	await expect(page.getByText(AGE)).toBeVisible();
	await context.setOffline(false);
});

test('every list and case seen is read again with no signal, with its age, and by nobody else', async ({
	page,
	context,
}) => {
	test.setTimeout(180_000);
	await resident(page, 'Dewi Pratiwi');
	await fillApplication(page);
	const number = await sendApplication(page);
	await expect(page.getByRole('heading', { name: 'Permohonan terkirim' })).toBeVisible({ timeout: 40_000 });
	await page.goto('/permohonan');
	await expect(page.locator('main .list a')).toHaveCount(1);
	await page.waitForLoadState('networkidle');
	const known = (await rows(page, 'reads')).length;
	await page.locator('main .list a').first().click();
	await expect(page.getByRole('heading', { level: 1 })).toContainText('Selesai paling lambat');
	await expect.poll(async () => (await rows(page, 'reads')).length).toBeGreaterThan(known);
	await page.goto('/kabar');
	await expect(page.getByRole('heading', { name: 'Kabar' })).toBeVisible();
	await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
	await page.waitForLoadState('networkidle');
	await context.setOffline(true);
	// The app starts from disk, and knows who holds it.
	await page.goto('/permohonan');
	await expect(page.locator('main .list a')).toHaveCount(1);
	await expect(page.getByText(AGE)).toBeVisible();
	await page.goto(`/permohonan/${number}`);
	await expect(page.getByRole('heading', { level: 1 })).toContainText('Selesai paling lambat');
	await expect(page.getByText(AGE)).toBeVisible();
	await page.goto('/akun');
	await expect(page.getByRole('heading', { name: 'Dewi Pratiwi' })).toBeVisible();
	await context.setOffline(false);
});

test('an application sent with no signal gets its number at once and is delivered once there is one', async ({
	page,
	context,
}) => {
	test.setTimeout(180_000);
	await resident(page);
	await fillApplication(page);
	await context.setOffline(true);
	const number = await sendApplication(page);
	await expect(page.getByRole('heading', { name: 'Permohonan tersimpan' })).toBeVisible();
	await expect(page.getByText('Boleh tutup aplikasi. Boleh matikan HP.')).toBeVisible();
	await expect(page.getByText('Menunggu sinyal')).toBeVisible();
	// The phone is switched off and on again: the application is still there.
	await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
	await page.reload();
	await expect(page.getByRole('heading', { name: 'Permohonan tersimpan' })).toBeVisible();
	await context.setOffline(false);
	await expect(page.getByRole('heading', { name: 'Permohonan terkirim' })).toBeVisible({ timeout: 90_000 });
	await page.goto(`/permohonan/${number}`);
	await expect(page.getByRole('heading', { level: 1 })).toContainText('Selesai paling lambat');
	await page.goto('/permohonan');
	await expect(page.locator('main .list a')).toHaveCount(1);
});

test('a half-filled form survives a reload, with its photo', async ({ page }) => {
	await page.goto('/layanan/DUK-KTP-HILANG/ajukan');
	await answerQuestions(page, 'Dewi Pratiwi');
	await page
		.locator('input[type=file]')
		.first()
		.setInputFiles(`${import.meta.dirname}/photo.jpg`);
	await expect(page.getByText('Terbaca', { exact: true })).toBeVisible();
	await page.reload();
	await expect(page.getByText('Terbaca', { exact: true })).toBeVisible();
	await expect(page.getByRole('img', { name: /halaman 1/ })).toBeVisible();
	await page.getByRole('button', { name: 'Kembali' }).click();
	await expect(page.getByLabel('Nama lengkap Anda')).toHaveValue('Dewi Pratiwi');
});

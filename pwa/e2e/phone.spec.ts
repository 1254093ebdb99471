// What makes it an app: installable, pushed to, driven by keyboard.
import { expect, test } from './base';

test('the browser finds nothing that keeps the app from being installed', async ({ page, context }) => {
	await page.goto('/');
	await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
	const devtools = await context.newCDPSession(page);
	const manifest = await devtools.send('Page.getAppManifest');
	expect(manifest.errors).toEqual([]);
	const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors');
	// A test's own profile is off the record; everything else must be in order.
	expect(installabilityErrors.filter((one) => one.errorId !== 'in-incognito')).toEqual([]);
});

test('a push shows its title, words and address, and one without words still shows something', async ({
	page,
	context,
	baseURL,
}) => {
	await context.grantPermissions(['notifications']);
	await page.goto('/');
	await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
	const devtools = await context.newCDPSession(page);
	const registered = new Promise<string>((done) => {
		devtools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
			const [first] = registrations;
			if (first) done(first.registrationId);
		});
	});
	await devtools.send('ServiceWorker.enable');
	const registrationId = await registered;
	const origin = new URL(baseURL ?? '').origin;
	const deliver = (data: string) =>
		devtools.send('ServiceWorker.deliverPushMessage', { origin, registrationId, data });
	const shown = () =>
		page.evaluate(async () => {
			const registration = await navigator.serviceWorker.ready;
			return (await registration.getNotifications()).map(({ title, body, tag, data }) => ({
				title,
				body,
				tag,
				data,
			}));
		});
	const message = {
		title: 'KTP-el selesai',
		body: 'Surat siap diambil.',
		url: '/permohonan/7KQ4M2X9TD',
		tag: '7KQ4M2X9TD',
	};
	const first = {
		title: 'KTP-el selesai',
		body: 'Surat siap diambil.',
		tag: '7KQ4M2X9TD',
		data: { url: '/permohonan/7KQ4M2X9TD' },
	};
	// A worker that is just starting may miss the first delivery; the same tag replaces, so again is harmless.
	await expect(async () => {
		await deliver(JSON.stringify(message));
		await expect.poll(shown, { timeout: 3000 }).toEqual([first]);
	}).toPass();
	await deliver('{"title":"Jahat","url":"https://example.org/"}');
	await expect
		.poll(async () => (await shown()).find((one) => one.title === 'Jahat')?.data)
		.toEqual({ url: '/kabar' });
	await deliver('bukan JSON');
	await expect
		.poll(async () => (await shown()).find((one) => one.title === 'Lugas')?.body)
		.toBe('Ada kabar tentang permohonan Anda.');
});

test('by keyboard alone: skip link, search, a service, and the faults of a form', async ({ page }) => {
	await page.goto('/');
	await expect(page.getByRole('link', { name: /KTP-el/ }).first()).toBeVisible();
	await page.keyboard.press('Tab');
	await expect(page.getByRole('link', { name: 'Langsung ke isi' })).toBeFocused();
	await page.keyboard.press('Enter');
	await expect(page.getByRole('main')).toBeFocused();
	await page.getByLabel('Cari layanan').focus();
	await page.keyboard.type('KTP hilang');
	await expect(page.getByText(/layanan cocok/)).toBeVisible();
	await page.keyboard.press('Tab');
	await page.keyboard.press('Enter');
	await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
	const start = page.getByRole('link', { name: /^Mulai, / });
	await start.focus();
	await page.keyboard.press('Enter');
	await expect(page.getByRole('heading', { name: 'Isi yang perlu saja' })).toBeVisible();
	await page.getByRole('button', { name: 'Lanjut' }).focus();
	await page.keyboard.press('Enter');
	const summary = page.getByRole('alert').filter({ hasText: 'hal perlu dibetulkan' });
	await expect(summary).toBeFocused();
	await page.keyboard.press('Tab');
	await page.keyboard.press('Enter');
	await expect(page.getByLabel('Nama lengkap Anda')).toBeFocused();
	await page.getByLabel('NIK Anda').fill('357301170890001');
	await page.getByRole('button', { name: 'Lanjut' }).click();
	await expect(page.getByText('NIK 16 angka. Yang Anda tulis 15.').first()).toBeVisible();
});

test('text at twice its size loses nothing sideways', async ({ page }) => {
	for (const path of [
		'/',
		'/layanan/DUK-KTP-HILANG',
		'/layanan/DUK-KTP-HILANG/ajukan',
		'/lacak',
		'/akun',
		'/masuk',
	]) {
		await page.goto(path);
		await expect(page.locator('main h1')).toBeVisible();
		await page.evaluate(() => document.documentElement.style.setProperty('font-size', '200%'));
		await expect
			.poll(() => page.evaluate(() => document.documentElement.scrollWidth), path)
			.toBeLessThanOrEqual(360);
	}
});

test('English by choice, and the choice stays', async ({ page }) => {
	await page.goto('/akun');
	await page.getByRole('button', { name: 'English' }).click();
	await expect(page.getByRole('heading', { name: 'Account' })).toBeVisible();
	await page.goto('/');
	await expect(page.locator('html')).toHaveAttribute('lang', 'en');
	await expect(page.getByText('Used most')).toBeVisible();
});

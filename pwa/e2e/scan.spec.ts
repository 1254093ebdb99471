// A QR on paper leads to the verification of its letter, and a sticker of another host is found out.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from '@playwright/test';
import { renderSVG } from 'uqr';
import { expect, test } from './base';
import { look } from './look';

const CODE = '0123456789ABCDEFGH';
const SEAL = 'AbCdEfGhIjKlMnOp';
const VIEW = { width: 640, height: 480 };

/** A page with the QR somewhere on it, as the browser draws it. */
async function paper(browser: Browser, text: string, type: 'png' | 'jpeg' = 'png'): Promise<Buffer> {
	const page = await browser.newPage({ viewport: VIEW });
	await page.setContent(
		`<body style="margin:40px;font:16px sans-serif"><p>Surat Keterangan Pindah</p><div style="width:230px;transform:rotate(4deg)">${renderSVG(text, { ecc: 'M' })}</div></body>`,
	);
	const picture = await page.screenshot({ type });
	await page.close();
	return picture;
}
const png = (buffer: Buffer) => ({ name: 'surat.png', mimeType: 'image/png', buffer });

test('a picture of our QR opens its letter, any other is refused in words', async ({
	page,
	browser,
	baseURL,
}) => {
	test.setTimeout(300_000);
	await page.goto('/');
	await page.getByRole('link', { name: 'Periksa surat' }).click();
	await expect(page).toHaveURL(/\/pindai$/);
	await look(page, 'scan');
	const choose = page.getByLabel('Pilih gambar surat');

	await choose.setInputFiles(png(await paper(browser, `https://malangkota-go.id/v/${CODE}#${SEAL}`)));
	const sticker = page.getByText(/QR ini bukan dari localhost:\d+\. QR ini menuju malangkota-go\.id\./);
	await expect(sticker).toBeVisible();
	await look(page, 'scan-sticker');
	await choose.setInputFiles(png(await paper(browser, `${baseURL}/akun`)));
	await expect(page.getByText('QR ini bukan kode periksa surat kota.')).toBeVisible();
	await choose.setInputFiles(`${import.meta.dirname}/photo.jpg`);
	await expect(page.getByText(/Tidak ada kode QR yang terbaca/)).toBeVisible();
	await choose.setInputFiles({ name: 'x.png', mimeType: 'image/png', buffer: Buffer.from('bukan gambar') });
	await expect(page.getByText(/bukan gambar yang bisa dibuka/)).toBeVisible();
	await expect(page).toHaveURL(/\/pindai$/);

	await choose.setInputFiles(png(await paper(browser, `${baseURL}/v/${CODE}#${SEAL}`)));
	await expect(page.getByRole('heading', { name: 'TIDAK DIKENAL' })).toBeVisible();
	expect(new URL(page.url()).pathname + new URL(page.url()).hash).toBe(`/v/${CODE}#${SEAL}`);
	await page.getByRole('link', { name: 'Periksa surat lain' }).click();
	await expect(page.getByRole('heading', { name: 'Surat ini asli?' })).toBeVisible();
});

test('the code is typed where nothing can be scanned', async ({ page }) => {
	await page.goto('/pindai');
	await page.getByLabel('Kode periksa').fill('0123 4567');
	await page.getByRole('button', { name: 'Periksa kode' }).click();
	await expect(page.getByText('Kode periksa 18 huruf dan angka. Yang Anda tulis 8.')).toBeVisible();
	await page.getByLabel('Kode periksa').fill('o123 4567 89ab cdef gh');
	await page.getByRole('button', { name: 'Periksa kode' }).click();
	await expect(page).toHaveURL(new RegExp(`/v/${CODE}$`));
	await expect(page.getByRole('heading', { name: 'TIDAK DIKENAL' })).toBeVisible();
});

test('a camera that is refused leaves the photo and the code', async ({ page }) => {
	await page.goto('/pindai');
	await page.getByRole('button', { name: 'Buka kamera' }).click();
	await expect(page.getByText(/Kamera tidak bisa dibuka di sini/)).toBeVisible();
	await expect(page.getByLabel('Foto kode QR')).toHaveAttribute('capture', 'environment');
	await look(page, 'scan-refused');
});

test('the camera reads the QR in front of it and is off when the screen is left', async ({
	browser,
	playwright,
	baseURL,
}) => {
	test.setTimeout(180_000);
	// Chromium's camera plays this file: one JPEG after the other is a film to it.
	const film = join(mkdtempSync(join(tmpdir(), 'lugas-film-')), 'qr.mjpeg');
	const frame = await paper(browser, `${baseURL}/v/${CODE}#${SEAL}`, 'jpeg');
	const sticker = await paper(browser, `https://malangkota-go.id/v/${CODE}`, 'jpeg');
	const show = (seen: Buffer) => writeFileSync(film, Buffer.concat(Array.from({ length: 30 }, () => seen)));
	const { executablePath, args = [] } = test.info().project.use.launchOptions ?? {};
	for (const [seen, end] of [
		[sticker, 'sticker'],
		[frame, 'letter'],
	] as const) {
		show(seen);
		const camera = await playwright.chromium.launch({
			executablePath,
			args: [
				...args,
				'--use-fake-device-for-media-stream',
				'--use-fake-ui-for-media-stream',
				`--use-file-for-fake-video-capture=${film}`,
			],
		});
		const context = await camera.newContext({
			baseURL,
			viewport: { width: 360, height: 800 },
			locale: 'id-ID',
		});
		const page = await context.newPage();
		await page.addInitScript(() => {
			const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
			navigator.mediaDevices.getUserMedia = async (wanted) => {
				const stream = await ask(wanted);
				Object.assign(window, { tracks: stream.getTracks() });
				return stream;
			};
		});
		await page.goto('/pindai');
		const open = page.getByRole('button', { name: 'Buka kamera' });
		await open
			.or(page.getByRole('button', { name: 'Tutup kamera' }))
			.or(page.getByRole('heading', { name: 'TIDAK DIKENAL' }))
			.first()
			.waitFor();
		if (await open.isVisible()) await open.click({ timeout: 2000 }).catch(() => undefined);
		if (end === 'sticker') {
			await expect(page.getByText(/QR ini menuju malangkota-go\.id/)).toBeVisible({ timeout: 30_000 });
			await look(page, 'scan-camera');
			await page.getByRole('button', { name: 'Kembali' }).click();
		} else {
			await expect(page.getByRole('heading', { name: 'TIDAK DIKENAL' })).toBeVisible({ timeout: 30_000 });
			expect(new URL(page.url()).hash).toBe(`#${SEAL}`);
		}
		const tracks = () =>
			page.evaluate(() =>
				(window as unknown as { tracks: MediaStreamTrack[] }).tracks.map((one) => one.readyState),
			);
		await expect.poll(tracks).toEqual(['ended']);
		await camera.close();
	}
});

// From a resident's phone to a signed letter that anyone can verify.

import { receiptText } from '../src/lib/receipt';
import { expect, test } from './base';
import { Finger } from './passkey';
import { fillApplication, fillProfile, HEAD, newPhone, OFFICER, proveNumber, staff } from './people';

test('a resident applies with a photo, an officer approves, the head signs, the letter verifies', async ({
	page,
	browser,
}) => {
	test.setTimeout(240_000);
	const name = `Budi ${Date.now() % 100_000}`;

	// The form is filled before anybody asks who it is for.
	await fillApplication(page);
	await page.getByRole('button', { name: 'Kirim permohonan' }).click();
	await expect(page.getByRole('heading', { name: 'Masuk untuk mengirim' })).toBeVisible();
	await proveNumber(page, newPhone());
	await expect(page.getByRole('heading', { name: 'Lengkapi profil sekali saja' })).toBeVisible();
	await fillProfile(page, name);
	await page.getByRole('button', { name: 'Simpan dan kirim permohonan' }).click();
	await expect(page.getByRole('heading', { name: 'Permohonan terkirim' })).toBeVisible({ timeout: 30_000 });
	const number = new URL(page.url()).pathname.split('/')[2] ?? '';
	await page.getByRole('link', { name: 'Lihat permohonan' }).click();
	await expect(page.getByRole('heading', { level: 1 })).toContainText('Selesai paling lambat');

	const office = await (await staff(browser, OFFICER)).newPage();
	await office.goto(`/berkas/${number}`);
	await expect(office.getByRole('heading', { name })).toBeVisible();
	await office.getByRole('button', { name: 'Ambil berkas ini' }).click();
	await expect(office.getByText('Berkas ini sekarang Anda tangani.')).toBeVisible();
	await office
		.getByRole('button', { name: /halaman 1/ })
		.first()
		.click();
	await expect(office.getByRole('dialog').getByRole('img')).toBeVisible();
	await office.keyboard.press('Escape');
	await office.getByRole('button', { name: 'Setujui, kirim ke penanda tangan' }).click();
	await expect(office.getByText('Disetujui. Surat menunggu tanda tangan.')).toBeVisible();

	const desk = await (await staff(browser, HEAD)).newPage();
	await Finger.of(desk, HEAD);
	const row = desk.getByRole('button', { name: new RegExp(name) });
	await expect(async () => {
		await desk.goto('/tanda-tangan');
		await expect(row).toBeVisible({ timeout: 3000 });
	}).toPass({ timeout: 60_000 });
	await expect(desk.getByRole('button', { name: 'Tanda tangani', exact: true })).toBeDisabled();
	await row.click();
	await expect(desk.getByRole('link', { name: 'Buka PDF' })).toBeVisible();
	await desk.getByRole('button', { name: 'Sudah saya baca' }).click();
	await desk.getByRole('button', { name: 'Tanda tangani 1 surat' }).click();
	await expect(desk.getByText('Sudah ditandatangani')).toBeVisible();

	await expect(async () => {
		await page.goto(`/permohonan/${number}`);
		await expect(page.getByRole('button', { name: 'Ambil surat (PDF)' })).toBeVisible({ timeout: 3000 });
	}).toPass({ timeout: 60_000 });
	await page.getByRole('button', { name: 'Ambil surat (PDF)' }).click();
	const download = page.waitForEvent('download');
	await page.getByRole('link', { name: 'Unduh PDF' }).click();
	const pdf = await (await download).path();
	await page.getByRole('link', { name: 'Periksa keaslian surat' }).click();
	await expect(page.getByRole('heading', { name: 'SAH' })).toBeVisible();
	await page.getByLabel('Cocokkan file PDF').setInputFiles(pdf);
	await expect(page.getByText('SAMA. File ini persis surat aslinya.')).toBeVisible();
	await page.goto('/kabar');
	await expect(
		page
			.getByRole('link', { name: new RegExp(receiptText(number)) })
			.or(page.locator('main .list a'))
			.first(),
	).toBeVisible();
});

test('a return is answered with a new photo, and the clock waits meanwhile', async ({ page, browser }) => {
	test.setTimeout(180_000);
	await fillApplication(page);
	await page.getByRole('button', { name: 'Kirim permohonan' }).click();
	await proveNumber(page, newPhone());
	await fillProfile(page, 'Rina Anggraini');
	await page.getByRole('button', { name: 'Simpan dan kirim permohonan' }).click();
	await expect(page.getByRole('heading', { name: 'Permohonan terkirim' })).toBeVisible({ timeout: 30_000 });
	const number = new URL(page.url()).pathname.split('/')[2] ?? '';

	const office = await (await staff(browser, OFFICER)).newPage();
	// A slow phone: what is kept on it is sealed long after the screen shows the new state, and the next act has begun.
	await office.addInitScript(() => {
		const encrypt = SubtleCrypto.prototype.encrypt;
		SubtleCrypto.prototype.encrypt = async function (...given) {
			await new Promise((slow) => setTimeout(slow, 1000));
			return encrypt.apply(this, given);
		};
	});
	await office.goto(`/berkas/${number}`);
	await office.getByRole('button', { name: 'Ambil berkas ini' }).click();
	await office.getByRole('button', { name: 'Kembalikan', exact: true }).click();
	const sheet = office.getByRole('dialog');
	// Longer than the sealing takes: nothing of the act before may close what the next one opened.
	await office.waitForTimeout(2000);
	await sheet.getByRole('button', { name: 'Kembalikan', exact: true }).click();
	await expect(sheet.getByRole('alert')).toContainText('Pilih paling sedikit satu syarat.');
	await sheet.getByRole('checkbox').first().check();
	await sheet.getByLabel('Apa yang harus diganti?').fill('Foto buram, nomor tidak terbaca.');
	await sheet.getByRole('button', { name: 'Kembalikan', exact: true }).click();
	await expect(office.getByText('Dikembalikan ke pemohon. Waktu berhenti dihitung.')).toBeVisible();

	await page.goto('/');
	await page.getByRole('link', { name: /perlu Anda/ }).click();
	await expect(page.getByText('Foto buram, nomor tidak terbaca.').first()).toBeVisible();
	await page
		.locator('input[type=file]')
		.first()
		.setInputFiles(`${import.meta.dirname}/photo.jpg`);
	await expect(page.getByText('Terbaca', { exact: true })).toBeVisible();
	await page.reload();
	await expect(page.getByRole('img', { name: /halaman 1/ })).toBeVisible();
	await page.getByRole('button', { name: 'Kirim perbaikan' }).click();
	await expect(page.getByRole('heading', { name: 'Perlu Anda ganti' })).toBeHidden({ timeout: 30_000 });

	await page.getByRole('button', { name: 'Batalkan permohonan' }).click();
	await page.getByRole('button', { name: 'Ya, batalkan' }).click();
	await expect(page.getByRole('button', { name: 'Batalkan permohonan' })).toBeHidden({ timeout: 30_000 });
	await page.goto(`/lacak/${number}`);
	await expect(page.getByText(receiptText(number))).toBeVisible();
});

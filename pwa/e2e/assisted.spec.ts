// Helping somebody who cannot do it alone: named, free of charge, and told to them on their own phone.
import { receiptText } from '../src/lib/receipt';
import { expect, test } from './base';
import { addDocuments, newNik, newPhone, proveNumber, resident, SERVICE, sendApplication } from './people';

test('a daughter applies for her mother, who is told and sees who helped; the daughter sees number and state', async ({
	page,
	browser,
}) => {
	test.setTimeout(240_000);
	await resident(page, 'Siti Rahayu');
	await page.goto(`/layanan/${SERVICE}/ajukan`);
	await expect(page.getByRole('region', { name: 'Dipakai dari data Anda' })).toBeVisible();
	await page.getByRole('button', { name: 'Saya mengisi untuk orang lain' }).click();
	const whom = page.getByRole('region', { name: 'Untuk siapa?' });
	await expect(whom).toContainText('Gratis. Jangan menerima uang untuk ini.');
	await expect(whom).toContainText('Ia diberi tahu lewat HP-nya sendiri');
	// The helper's own data is nobody else's answer, and only officers help at a counter.
	await expect(page.getByRole('region', { name: 'Dipakai dari data Anda' })).toBeHidden();
	await expect(whom.getByLabel('Petugas loket')).toHaveCount(0);
	await page.getByRole('button', { name: 'Lanjut' }).click();
	await expect(page.getByRole('alert')).toContainText('Anda siapanya?: pilih satu.');
	await expect(page.getByRole('alert')).toContainText('NIK orang yang Anda bantu: harus diisi.');

	const mother = newPhone();
	await whom.getByLabel('Keluarga', { exact: true }).check();
	await whom.getByLabel('Nama lengkap orang yang Anda bantu').fill('Ibu Kartini');
	await whom.getByLabel('NIK orang yang Anda bantu').fill(newNik());
	await whom.getByLabel('Nomor HP orang yang Anda bantu').fill(mother);
	await whom.getByLabel('Alamat orang yang Anda bantu').fill('Jalan Bandung 2, RT 001/RW 001');
	// What was said of her answers the form's own questions.
	await expect(page.getByLabel('Nama lengkap Anda')).toBeHidden();
	await page.getByLabel('Kelurahan tempat tinggal').selectOption({ label: 'Klojen' });
	await page.getByRole('radio', { name: 'KTP-el hilang' }).check();
	await page.getByRole('button', { name: 'Lanjut' }).click();
	await addDocuments(page);
	await expect(page.getByText('Untuk Ibu Kartini. Anda membantu sebagai: Keluarga.')).toBeVisible();
	const number = await sendApplication(page);
	await expect(page.getByRole('heading', { name: 'Permohonan terkirim' })).toBeVisible({ timeout: 40_000 });
	await expect(page.getByText('Pemohon diberi tahu lewat HP-nya sendiri.')).toBeVisible();
	await page.getByRole('link', { name: 'Yang saya bantu' }).click();
	await expect(page.getByRole('link', { name: new RegExp(receiptText(number)) })).toBeVisible();
	await page.goto(`/permohonan/${number}`);
	await expect(page.getByRole('heading', { name: 'Permohonan ini tidak ditemukan' })).toBeVisible();

	const hers = await (await browser.newContext()).newPage();
	await hers.goto('/masuk?lanjut=/permohonan');
	await proveNumber(hers, mother);
	await expect(hers).toHaveURL(/\/permohonan$/);
	await hers.locator(`main a[href="/permohonan/${number}"]`).click();
	await expect(hers.getByText('Dibantu Siti Rahayu (')).toBeVisible();
	await expect(async () => {
		await hers.goto('/kabar');
		await expect(hers.locator(`main a[href="/permohonan/${number}"]`).first()).toBeVisible({ timeout: 3000 });
	}).toPass({ timeout: 60_000 });
	await hers.context().close();
});

test('the record of frequent help is for the inspectorate alone', async ({ page }) => {
	await resident(page, 'Joko Susilo');
	await page.goto('/pengawasan');
	await expect(page.getByText('Halaman ini bukan untuk akun Anda.')).toBeVisible();
});

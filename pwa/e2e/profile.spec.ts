// Nobody types twice what the city knows already.
import { receiptText } from '../src/lib/receipt';
import { expect, test } from './base';
import {
	addDocuments,
	answerQuestions,
	fillApplication,
	newNik,
	newPhone,
	proveNumber,
	resident,
	SERVICE,
	sendApplication,
} from './people';

test('a profile answers its questions; one is changed for this application alone', async ({ page }) => {
	test.setTimeout(180_000);
	await resident(page, 'Dewi Pratiwi');
	await page.goto(`/layanan/${SERVICE}/ajukan`);
	const card = page.getByRole('region', { name: 'Dipakai dari data Anda' });
	await expect(card).toContainText('Dewi Pratiwi');
	await expect(card).toContainText('Klojen');
	await expect(page.getByLabel('NIK Anda')).toBeHidden();
	await card.getByRole('button', { name: /Alamat tempat tinggal/ }).click();
	await expect(page.getByLabel('Alamat tempat tinggal')).toBeFocused();
	await expect(page.getByLabel('Alamat tempat tinggal')).toHaveValue('Jalan Kawi 1, RT 003/RW 005');
	await page.getByLabel('Alamat tempat tinggal').fill('');
	await page.getByRole('radio').first().check();
	await page.getByRole('button', { name: 'Lanjut' }).click();
	await expect(page.getByText('Alamat tempat tinggal: harus diisi.').first()).toBeVisible();
	await page.getByLabel('Alamat tempat tinggal').fill('Jalan Ijen 9, RT 001/RW 002');
	await page.getByRole('button', { name: 'Lanjut' }).click();
	await addDocuments(page);
	const number = await sendApplication(page);
	await expect(page.getByRole('heading', { name: 'Permohonan terkirim' })).toBeVisible({ timeout: 40_000 });
	await page.goto(`/permohonan/${number}`);
	await page.getByText('Isian Anda').click();
	const answers = page.locator('details dl');
	await expect(answers).toContainText('Dewi Pratiwi');
	await expect(answers).toContainText('Jalan Ijen 9, RT 001/RW 002');
	await expect(answers).toContainText('Klojen');
	await page.goto('/akun/profil');
	await expect(page.getByLabel('Alamat')).toHaveValue('Jalan Kawi 1, RT 003/RW 005');
});

test('what a stranger typed begins the profile, and is right in the form when it is put right there', async ({
	page,
}) => {
	test.setTimeout(180_000);
	const nik = newNik();
	await page.goto(`/layanan/${SERVICE}/ajukan`);
	await page.getByLabel('Nama lengkap Anda').fill('Tono Wijaya');
	await page.getByLabel('NIK Anda').fill(nik);
	await page.getByLabel('Alamat tempat tinggal').fill('Jalan Semeru 3, RT 002/RW 004');
	await page.getByLabel('Kelurahan tempat tinggal').selectOption({ label: 'Klojen' });
	await page.getByRole('radio').first().check();
	await page.getByRole('button', { name: 'Lanjut' }).click();
	await addDocuments(page);
	await page.getByRole('button', { name: 'Kirim permohonan' }).click();
	await proveNumber(page, newPhone());
	await expect(page.getByRole('heading', { name: 'Lengkapi profil sekali saja' })).toBeVisible();
	await expect(page.getByLabel('NIK')).toHaveValue(nik);
	await expect(page.getByLabel('Kelurahan', { exact: true })).not.toHaveValue('');
	await page.getByLabel('Nama lengkap').fill('Tono Wijayanto');
	await page.getByRole('button', { name: 'Simpan dan kirim permohonan' }).click();
	await expect(page.getByRole('heading', { name: 'Permohonan terkirim' })).toBeVisible({ timeout: 40_000 });
	await page.getByRole('link', { name: 'Lihat permohonan' }).click();
	await page.getByText('Isian Anda').click();
	await expect(page.locator('details dl')).toContainText('Tono Wijayanto');
});

test('what the city holds is offered with source and date: an earlier answer, an earlier document', async ({
	page,
}) => {
	test.setTimeout(240_000);
	await resident(page, 'Gilang Ramadan');
	await fillApplication(page, 'KEL-SKCK');
	const first = await sendApplication(page);
	await expect(page.getByRole('heading', { name: 'Permohonan terkirim' })).toBeVisible({ timeout: 40_000 });

	await page.goto('/layanan/KEL-SKCK/ajukan');
	const card = page.getByRole('region', { name: 'Dipakai dari data Anda' });
	await expect(card).toContainText(/, sejak \d+ \p{L}+ \d{4}/u);
	const job = page.getByRole('button', { name: /^Pakai .*: Pekerjaan$/ });
	await expect(job).toBeVisible();
	await expect(page.getByLabel('Pekerjaan')).toHaveValue('');
	await job.click();
	await expect(page.getByLabel('Pekerjaan')).toHaveValue('Hilang di pasar');
	await expect(job).toBeHidden();
	await answerQuestions(page, 'Gilang Ramadan');
	await page.getByText(/^Pakai yang pernah dikirim/).click();
	await expect(page.getByText(`permohonan ${receiptText(first)}`)).toBeVisible();
	await page.getByRole('button', { name: /^Pakai / }).click();
	const chosen = page.getByRole('list', { name: 'Dokumen yang dipakai lagi' });
	await expect(chosen).toContainText('tidak dikirim lagi');
	// It can be refused again, and chosen again.
	await chosen.getByRole('button', { name: /^Jangan pakai/ }).click();
	await expect(chosen).toBeHidden();
	await page.getByText(/^Pakai yang pernah dikirim/).click();
	await page.getByRole('button', { name: /^Pakai / }).click();
	await page.getByRole('button', { name: 'Lanjut' }).click();
	await expect(page.getByText('Langkah 3 dari')).toBeVisible();
	await addDocuments(page);
	const second = await sendApplication(page);
	await expect(page.getByRole('heading', { name: 'Permohonan terkirim' })).toBeVisible({ timeout: 40_000 });
	expect(second).not.toBe(first);
	await page.goto(`/permohonan/${second}`);
	await page.getByText('Dokumen yang Anda kirim').click();
	await page
		.getByRole('button', { name: /halaman 1/ })
		.first()
		.click();
	await expect(page.getByRole('dialog').getByRole('img')).toBeVisible();
});

// Every screen of a resident, from the first form to the account; `make pictures` keeps them in docs/screens.
import { expect, test } from './base';
import { look } from './look';
import {
	addDocuments,
	answerQuestions,
	newPhone,
	proveNumber,
	resident,
	SERVICE,
	sendApplication,
} from './people';

test('the screens of a resident, with a signal and without', async ({ page, browser }) => {
	test.setTimeout(600_000);
	await resident(page, 'Budi Santoso');
	await page.goto('/permohonan');
	await look(page, 'mine-empty');
	await page.goto('/membantu');
	await look(page, 'helped-empty');
	await page.goto('/kiriman');
	await look(page, 'outbox-empty');
	await page.goto(`/layanan/${SERVICE}/ajukan`);
	await expect(page.getByRole('region', { name: 'Dipakai dari data Anda' })).toBeVisible();
	await look(page, 'apply-questions');
	await page.getByRole('button', { name: 'Saya mengisi untuk orang lain' }).click();
	await expect(page.getByRole('region', { name: 'Untuk siapa?' })).toBeVisible();
	await look(page, 'apply-for-somebody');
	await page.getByRole('button', { name: 'Ini untuk saya sendiri' }).click();
	await answerQuestions(page);
	await addDocuments(page);
	await look(page, 'apply-review');
	await page.goto(`/layanan/${SERVICE}/ajukan?langkah=2`);
	await expect(page.getByText('Terbaca', { exact: true })).toBeVisible();
	await look(page, 'apply-document');
	await page.goto('/permohonan');
	await expect(page.getByRole('link', { name: /KTP-el/ }).first()).toBeVisible();
	await look(page, 'mine-unfinished');
	await page.goto(`/layanan/${SERVICE}/ajukan?langkah=4`);
	await page.context().setOffline(true);
	const number = await sendApplication(page);
	await expect(page.getByRole('heading', { name: 'Permohonan tersimpan' })).toBeVisible();
	await look(page, 'receipt-offline');
	await page.goto('/kiriman');
	await look(page, 'outbox');
	await page.context().setOffline(false);
	await page.goto(`/permohonan/${number}/terima`);
	await expect(page.getByRole('heading', { name: 'Permohonan terkirim' })).toBeVisible({ timeout: 60_000 });
	await look(page, 'receipt');

	await page.goto('/akun');
	await look(page, 'account');
	await page.getByRole('button', { name: 'Keluar', exact: true }).click();
	await look(page, 'log-out');
	await page.goto('/akun/profil');
	await look(page, 'profile');
	await page.goto('/akun/kunci');
	await look(page, 'passkeys');

	const desk = await (await browser.newContext()).newPage();
	await desk.goto('/masuk?lanjut=/pengawasan');
	await proveNumber(desk, newPhone());
	await expect(desk.getByText('Halaman ini bukan untuk akun Anda.')).toBeVisible();
	await look(desk, 'forbidden');
	await desk.context().close();
});

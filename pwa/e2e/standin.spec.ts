// The head goes away: within a minute the stand-in has the queue and signs; the head comes back and has it again.
import { expect, test } from './base';
import { Finger } from './passkey';
import { fillApplication, HEAD, OFFICER, proveNumber, resident, sendApplication, staff } from './people';

const DEPUTY = '081100030001';

test('the head goes away, the stand-in signs as Plh., the head comes back', async ({ page, browser }) => {
	test.setTimeout(300_000);
	const name = `Citra ${Date.now() % 100_000}`;
	await resident(page, name);
	await fillApplication(page);
	const number = await sendApplication(page);

	const office = await (await staff(browser, OFFICER)).newPage();
	await expect(async () => {
		await office.goto(`/berkas/${number}`);
		await office.getByRole('button', { name: 'Ambil berkas ini' }).click({ timeout: 5000 });
	}).toPass({ timeout: 60_000 });
	await office
		.getByRole('button', { name: /halaman 1/ })
		.first()
		.click();
	await expect(office.getByRole('dialog').getByRole('img')).toBeVisible();
	await office.keyboard.press('Escape');
	await office.getByRole('button', { name: 'Setujui, kirim ke penanda tangan' }).click();
	await expect(office.getByText('Disetujui. Surat menunggu tanda tangan.')).toBeVisible();

	const head = await (await staff(browser, HEAD)).newPage();
	await Finger.of(head, HEAD);
	await head.goto('/pengganti');
	await head.getByRole('link', { name: 'Saya akan pergi' }).click();
	const last = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10);
	await head.getByLabel('Hari terakhir').fill(last);
	await head
		.getByLabel('Pengganti', { exact: true })
		.selectOption({ label: 'Ani Kurniasih, Sekretaris Dinas Kependudukan dan Pencatatan Sipil' });
	await head.getByRole('button', { name: 'Simpan dan beri tahu' }).click();
	await expect(head.getByText('Menunggu tanda tangan', { exact: true }).first()).toBeVisible();
	// The order is drawn in the act: read it, sign it, and from then on it counts.
	const waiting = head.getByRole('listitem').filter({ hasText: 'Plh. Kepala Dinas' });
	await waiting.getByRole('link', { name: 'Baca dan tanda tangani Ani Kurniasih' }).first().click();
	const order = head.getByRole('button', { name: /Surat Perintah Pelaksana Harian/ });
	await expect(async () => {
		await order.click();
		await expect(head.getByRole('link', { name: 'Buka PDF' })).toBeVisible({ timeout: 4000 });
	}).toPass({ timeout: 30_000 });
	await head.getByRole('button', { name: 'Sudah saya baca' }).click();
	await head.getByRole('button', { name: 'Tanda tangani 1 surat' }).click();
	await expect(head.getByText('Berlaku', { exact: true }).first()).toBeVisible({ timeout: 30_000 });
	await head.getByRole('link', { name: 'Periksa keaslian surat' }).click();
	await expect(head.getByRole('heading', { name: 'SAH' })).toBeVisible();
	await expect(head.getByText(/^800\/\d{4}\/DISPENDUKCAPIL\/\d{4}$/).first()).toBeVisible();
	await expect(head.getByText(/Ani Kurniasih, Plh\. Kepala Dinas/)).toBeVisible();

	const context = await browser.newContext();
	const deputy = await context.newPage();
	await Finger.on(deputy);
	await deputy.goto('/masuk');
	await proveNumber(deputy, DEPUTY);
	await deputy.getByRole('button', { name: 'Tambahkan kunci sandi' }).click();
	await expect(deputy).toHaveURL(/^[^?]+\/tanda-tangan$/);

	// The worker's round runs each minute.
	const notice = deputy.getByRole('link', { name: /Anda sekarang Plh\. Kepala Dinas/ });
	await expect(async () => {
		await deputy.goto('/kabar');
		await expect(notice.first()).toBeVisible({ timeout: 3000 });
	}).toPass({ timeout: 90_000 });
	const row = deputy.getByRole('button', { name: new RegExp(name) });
	await deputy.goto('/tanda-tangan');
	await row.click();
	await expect(deputy.getByRole('link', { name: 'Buka PDF' })).toBeVisible({ timeout: 30_000 });
	await deputy.getByRole('button', { name: 'Sudah saya baca' }).click();
	await deputy.getByRole('button', { name: 'Tanda tangani 1 surat' }).click();
	await expect(deputy.getByText('Sudah ditandatangani')).toBeVisible();

	await head.goto('/tanda-tangan');
	await expect(head.getByRole('button', { name: new RegExp(name) })).toHaveCount(0);
	await page.goto('/papan');
	await expect(page.getByText(/Menandatangani: Ani Kurniasih, pelaksana harian/)).toBeVisible();

	await expect(async () => {
		await page.goto(`/permohonan/${number}`);
		await expect(page.getByRole('button', { name: 'Ambil surat (PDF)' })).toBeVisible({ timeout: 3000 });
	}).toPass({ timeout: 60_000 });
	await page.getByRole('button', { name: 'Ambil surat (PDF)' }).click();
	await page.getByRole('link', { name: 'Periksa keaslian surat' }).click();
	await expect(page.getByRole('heading', { name: 'SAH' })).toBeVisible();
	await expect(page.getByText(/Plh\. Kepala Dinas/).first()).toBeVisible();
	await expect(page.getByText(/Ani Kurniasih/).first()).toBeVisible();
	await expect(page.getByText('pelaksana harian')).toBeVisible();
	await expect(page.getByText(/800\/\d{4}\/DISPENDUKCAPIL/)).toBeVisible();

	await head.goto('/pengganti');
	await head.getByRole('button', { name: 'Saya sudah kembali' }).click();
	await expect(head.getByRole('button', { name: 'Saya sudah kembali' })).toHaveCount(0);
	await head.goto('/tanda-tangan');
	await expect(head.getByText('Kepala Dinas Kependudukan dan Pencatatan Sipil').first()).toBeVisible();
	await context.close();
});

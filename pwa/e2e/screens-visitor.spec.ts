// Every screen that needs no login, as look.ts looks at it; `make pictures` keeps what is seen in docs/screens.
import { expect, test } from './base';
import { look } from './look';
import { newPhone, SERVICE } from './people';

test('the screens that need no login', async ({ page }) => {
	test.setTimeout(600_000);
	for (const [path, name] of [
		['/', 'home'],
		['/layanan', 'services'],
		[`/layanan/${SERVICE}`, 'service'],
		['/layanan/TIDAK-ADA', 'service-unknown'],
		['/lacak', 'track'],
		['/lacak/0000000012', 'track-unknown'],
		['/akun', 'account-stranger'],
		['/masuk', 'login'],
		['/permohonan', 'mine-stranger'],
		['/hari-libur', 'holidays'],
		['/papan', 'board'],
		['/v/0000000000000000AA', 'verify-unknown'],
		['/tidak-ada', 'not-found'],
	] as const) {
		await page.goto(path);
		await look(page, name);
	}
	await page.goto('/?cari=kk');
	await expect(page.getByText(/layanan cocok/)).toBeVisible();
	await look(page, 'search');
	await page.goto(`/layanan/${SERVICE}`);
	await page.getByRole('button', { name: 'Laporkan dari sini.' }).click();
	await expect(page.getByRole('dialog')).toBeVisible();
	await look(page, 'report-money');
	await page.goto(`/layanan/${SERVICE}/ajukan`);
	await page.getByRole('button', { name: 'Lanjut' }).click();
	await expect(page.getByRole('alert')).toBeVisible();
	await look(page, 'apply-faults');
	await page.getByRole('button', { name: 'Basa Jawa' }).click();
	await expect(page.getByText('Belum diperiksa penutur asli.')).toBeVisible();
	await look(page, 'apply-javanese');
	await page.goto('/masuk');
	await page.getByLabel('Nomor HP').fill(newPhone());
	await page.getByRole('button', { name: 'Kirim kode' }).click();
	await expect(page.getByLabel('Kode 6 angka')).toBeVisible();
	await look(page, 'login-code');
});

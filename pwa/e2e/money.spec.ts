// The public money on a phone: from the whole city to one line and its proof, and again with no network.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from './base';
import { look } from './look';
import { HEADINGS, line, lugas } from './money';

const ROWS = [
	HEADINGS,
	line(
		'2.11.11.2.01.0012',
		'Pengangkutan sampah',
		'5.1.02.01.01.0025',
		'Solar truk sampah (contoh)',
		'1250000000.00',
	),
	line(
		'2.11.11.2.01.0012',
		'Pengangkutan sampah',
		'5.1.02.02.01.0063',
		'Upah pengangkut (contoh)',
		'750000000.50',
	),
	line('2.11.11.2.01.0013', 'Bank sampah', '5.2.05.01.01.0012', 'Timbangan (contoh)', '99999999.50'),
];

test('anyone walks from the city to a line and its proof, and again offline', async ({ page }) => {
	test.setTimeout(240_000);
	// Given a budget in force, brought in by the command line
	const file = join(mkdtempSync(join(tmpdir(), 'lugas-apbd-')), 'apbd-contoh.csv');
	writeFileSync(file, `${ROWS.join('\n')}\n`);
	const said = lugas('budget', 'import', file, '--year', '2026', '--total', '2100000000.00');
	expect(said).toContain('in_force');

	// When someone without a login looks
	await page.goto('/');
	await page.getByRole('link', { name: 'Anggaran', exact: true }).click();
	await expect(page.getByRole('heading', { name: 'Anggaran kota' })).toBeVisible();
	await look(page, 'budget');
	await page.getByRole('button', { name: '2022' }).click();
	await expect(page.getByText('Angka sampai 31 Desember 2022', { exact: false })).toBeVisible();
	await expect(page.getByText('Lebih dari 100 %', { exact: false })).toBeVisible();
	await page.getByRole('button', { name: /Belanja Lainnya/ }).click();
	await expect(page.getByText('Belanja Bantuan Sosial')).toBeVisible();
	await look(page, 'budget-city');
	await page.getByRole('button', { name: '2023' }).click();
	await expect(page.getByText('Belum setahun penuh')).toBeVisible();
	await page.getByRole('button', { name: '2026' }).click();
	await page.getByRole('link', { name: /Anggaran per dinas/ }).click();
	await expect(page.getByRole('heading', { name: 'Seluruh kota' })).toBeVisible();
	await expect(page.getByText('Rp 2,10 M').first()).toBeVisible();
	await look(page, 'budget-opds');
	await page.getByLabel('Cari program atau kegiatan').fill('sampah');
	await page.getByLabel('Cari program atau kegiatan').press('Enter');
	await expect(page.getByRole('list', { name: 'Yang ditemukan' }).getByRole('listitem')).toHaveCount(4);
	await page
		.getByRole('list', { name: 'Untuk apa' })
		.getByRole('link', { name: /Dinas Lingkungan Hidup/ })
		.click();
	await page.getByRole('link', { name: /Pengelolaan persampahan/ }).click();
	await page.getByRole('link', { name: /Pengurangan sampah/ }).click();
	await page.getByRole('link', { name: /Pengangkutan sampah/ }).click();
	await expect(page.getByRole('heading', { name: 'Pengangkutan sampah' })).toBeVisible();
	await expect(page.getByRole('button', { name: /Solar truk sampah/ })).toContainText('Rp 1.250.000.000');
	await look(page, 'budget-lines');

	// Then a line shows its own text in the file, and the figures their proof
	await page.getByRole('button', { name: /Upah pengangkut/ }).click();
	await expect(page.getByRole('dialog')).toContainText('Baris ke-3 di berkas');
	await expect(page.getByRole('dialog')).toContainText(ROWS[2] ?? '');
	await look(page, 'budget-line');
	await page.getByRole('button', { name: 'Tutup' }).click();
	await page.getByRole('button', { name: 'Dari mana angka ini?' }).click();
	await expect(page.getByRole('dialog')).toContainText('apbd-contoh.csv');
	await expect(page.getByRole('dialog')).toContainText('Cocok sampai sen');
	await look(page, 'budget-proof');
	await page.getByRole('button', { name: 'Tutup' }).click();

	// And what was seen is there without a network, with its age
	await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
	await page.context().setOffline(true);
	await page.reload();
	await expect(page.getByRole('heading', { name: 'Pengangkutan sampah' })).toBeVisible();
	await expect(page.getByRole('button', { name: /Solar truk sampah/ })).toBeVisible();
	await page.goto('/anggaran/2026');
	await expect(page.getByRole('heading', { name: 'Seluruh kota' })).toBeVisible();
	await page.context().setOffline(false);
});

test('a place without a budget says so', async ({ page }) => {
	await page.goto('/anggaran/2026/SETWAN');
	await expect(page.getByRole('heading', { name: 'Tidak ada anggaran di sini' })).toBeVisible();
});

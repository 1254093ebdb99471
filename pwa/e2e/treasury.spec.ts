// The finance agency on a phone: a wrong file is refused with its faults, the mended one tried, then put in force.
import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { expect, test } from './base';
import { age } from './commands';
import { look } from './look';
import { staff, TREASURY } from './people';

// Tests share one city: of this year another one brings a budget too, but none of this department.
const YEAR = '2024';
const HEADINGS =
	'tahun,kode_urusan,nama_urusan,kode_skpd,nama_skpd,kode_sub_unit,nama_sub_unit,kode_bidang_urusan,nama_bidang_urusan,kode_program,nama_program,kode_kegiatan,nama_kegiatan,kode_sub_kegiatan,nama_sub_kegiatan,kode_sumber_dana,nama_sumber_dana,kode_rekening,nama_rekening,kode_standar_harga,nama_standar_harga,pagu';
const line = (year: string, account: string, what: string, amount: string) =>
	`${year},2,Urusan,2.15.0.00.0.00.01.0000,Dinas Perhubungan,2.15.0.00.0.00.01.0000,Dishub,2.15,Perhubungan,2.15.02,Lalu lintas dan angkutan jalan,2.15.02.2.07,Analisis dampak lalu lintas,2.15.02.2.07.0003,Penilaian andalalin,1.1,PAD,${account},Belanja,,${what},${amount}`;
const GOOD = [
	HEADINGS,
	line(YEAR, '5.1.02.01.01.0025', 'Kertas (contoh)', '400000000.00'),
	line(YEAR, '5.2.02.01.01.0001', 'Alat hitung (contoh)', '100000000.50'),
];
const BAD = [
	HEADINGS,
	line('2023', '5.1.02.01.01.0025', 'Kertas (contoh)', '400000000.00'),
	line(YEAR, '9.9.99', '=1+1', '100000000.50'),
];
const csv = (name: string, rows: string[]) => ({
	name,
	mimeType: 'text/csv',
	buffer: Buffer.from(`${rows.join('\n')}\n`),
});

async function fill(page: Page, rows: string[], name: string): Promise<void> {
	await page.getByLabel('Berkas', { exact: true }).setInputFiles(csv(name, rows));
	await page.getByLabel('Tahun anggaran').fill(YEAR);
	await page.getByLabel('Total kendali').fill('');
	await page.getByLabel('Total kendali').pressSequentially('500000000,50');
	await expect(page.getByLabel('Total kendali')).toHaveValue('500.000.000,50');
	await expect(page.getByText('Rp 500,00 jt')).toBeVisible();
	await page.getByRole('button', { name: 'Kirim untuk diuji' }).click();
}

test('a wrong file is refused, the mended one tried, put in force, and seen by everyone', async ({
	browser,
	page: resident,
}) => {
	test.setTimeout(240_000);
	const context = await staff(browser, TREASURY);
	const page = await context.newPage();
	await page.goto('/loket');
	await page.getByRole('link', { name: 'Berkas anggaran' }).click();
	await expect(page.getByRole('heading', { name: 'Berkas anggaran' })).toBeVisible();
	await look(page, 'treasury');

	// Given a file with two wrong lines
	await page.getByRole('link', { name: 'Muat berkas' }).click();
	await page.getByRole('button', { name: 'Kirim untuk diuji' }).click();
	await expect(page.getByText('Pilih berkasnya dulu.')).toBeVisible();
	await look(page, 'treasury-new');
	await fill(page, BAD, 'apbd-salah.csv');

	// Then it is refused whole, fault by fault, with a table to take away
	await expect(page.getByText('Ditolak utuh')).toBeVisible({ timeout: 60_000 });
	const faults = page.getByRole('list', { name: 'Daftar kesalahan' });
	await expect(faults.getByRole('listitem')).toHaveCount(2);
	await expect(faults).toContainText('Baris 2, tahun');
	await expect(faults).toContainText('Baris 3, kode_rekening');
	await page.getByRole('button', { name: /^Tahun baris ini lain/ }).click();
	await expect(faults.getByRole('listitem')).toHaveCount(1);
	await look(page, 'treasury-refused');
	const arriving = page.waitForEvent('download');
	await page.getByRole('link', { name: 'Unduh daftar kesalahan (CSV)' }).click();
	const taken = await arriving;
	expect(taken.suggestedFilename()).toBe('apbd-salah-kesalahan.csv');
	const table = readFileSync(await taken.path(), 'utf8');
	expect(table).toContain('2,tahun,Tahun baris ini lain dari tahun berkas.,2023,other_year');

	// When the mended file is tried
	await page.getByRole('link', { name: 'Kirim berkas yang sudah diperbaiki' }).click();
	await fill(page, GOOD, 'apbd-baik.csv');
	await expect(page.getByText('Uji coba bersih')).toBeVisible({ timeout: 60_000 });
	await expect(page.getByRole('list', { name: 'Yang akan berubah' })).toContainText('Dinas Perhubungan');
	await look(page, 'treasury-trial');
	await resident.goto(`/anggaran/${YEAR}/DISHUB`);
	await expect(resident.getByRole('heading', { name: 'Tidak ada anggaran di sini' })).toBeVisible();

	// Then one tap puts it in force, and everyone sees it
	await page.getByRole('button', { name: 'Berlakukan sekarang' }).click();
	await expect(page.getByText('cocok dengan total kendali. Warga')).toBeVisible({ timeout: 60_000 });
	await look(page, 'treasury-in-force');
	await resident.reload();
	await expect(resident.getByText('Rp 500,00 jt').first()).toBeVisible();
	await resident.goto(`/anggaran/${YEAR}`);
	await expect(resident.getByRole('list', { name: 'Untuk apa' })).toContainText('Dinas Perhubungan');

	// And a list without a network says how old it is
	await page.goto('/keuangan');
	await expect(
		page.getByRole('list', { name: 'Berkas yang pernah dimuat' }).getByText('Berlaku').first(),
	).toBeVisible();
	await context.close();
});

test('a file that the city could not read says so, and one tap reads it again', async ({ browser }) => {
	const context = await staff(browser, TREASURY);
	const page = await context.newPage();
	// Given a file over which three workers have died when a fourth is to read it
	let killed = 0;
	await page.route('**/graphql', async (route) => {
		const found = /"importId":"([^"]+)"/.exec(route.request().postData() ?? '');
		if (found?.[1] && killed++ === 0) age('reading', found[1]);
		await route.continue();
	});
	await page.goto('/keuangan/baru');
	await fill(
		page,
		[GOOD[0] ?? '', (GOOD[1] ?? '').replace('Kertas', 'Tinta'), GOOD[2] ?? ''],
		'apbd-berat.csv',
	);

	// Then it says that this is our fault, and that nothing of it counts
	await expect(page.getByText('Tidak bisa kami baca')).toBeVisible({ timeout: 60_000 });
	await look(page, 'treasury-failed');

	// And one tap reads it again
	await page.getByRole('button', { name: 'Baca lagi' }).click();
	await expect(page.getByText('Uji coba bersih')).toBeVisible({ timeout: 60_000 });
	await context.close();
});

test('whoever is not of the finance agency is told so', async ({ page }) => {
	await page.goto('/keuangan');
	await expect(page.getByRole('heading', { name: 'Berkas anggaran' })).toBeVisible();
	await expect(page.getByRole('link', { name: 'Muat berkas' })).toHaveCount(0);
});

// The public money on a phone: from the whole city to one line and its proof, and again with no network.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from './base';
import { look } from './look';
import { bring, HEADINGS, line } from './money';

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
	bring('apbd-contoh.csv', ROWS, '--year', '2026', '--total', '2100000000.00');

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
	// its two parts lie on the map, and a thumb walks into one
	const map = page.getByRole('group', { name: /Peta bagian/ });
	await expect(map.getByRole('link')).toHaveCount(2);
	await expect(map.getByRole('link', { name: 'Pengangkutan sampah, 95,2 %' })).toBeVisible();
	await look(page, 'budget-map');
	await map.getByRole('link', { name: /Pengangkutan sampah/ }).click();
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
	await expect(page.getByText('Tanpa sinyal. Yang Anda lihat dari', { exact: false })).toBeVisible();
	await page.context().setOffline(false);
});

test('anyone takes figures away, keeps a link that never changes, and compares stages', async ({
	page,
	context,
}) => {
	test.setTimeout(240_000);
	await context.grantPermissions(['clipboard-read', 'clipboard-write']);
	const come = (name: string, stage: string, since: string, total: string, rows: string[]) =>
		bring(
			name,
			[HEADINGS, ...rows],
			'--year',
			'2025',
			'--stage',
			stage,
			'--effective',
			since,
			'--total',
			total,
		);
	const of2025 = (row: string) => row.replace('2026,', '2025,');
	const sacks = of2025(
		line('2.11.11.2.01.0013', 'Bank sampah', '5.1.02.01.01.0025', '=Karung (contoh)', '400.00'),
	);
	const trucks = of2025(
		line('2.11.11.2.01.0012', 'Pengangkutan sampah', '5.1.02.01.01.0025', 'Truk (contoh)', '900.00'),
	);
	// Given a first budget and a revision of 2025
	come('murni.csv', 'murni', '2025-01-01', '1300.00', [sacks, trucks]);
	come('perubahan.csv', 'perubahan', '2025-09-01', '250.00', [sacks.replace('400.00', '250.00')]);

	// When someone looks at the first one
	await page.goto('/anggaran/2025/DLH/2.11.11.2.01');
	await expect(page.getByText('Rp 250', { exact: true }).first()).toBeVisible();
	await page.getByRole('link', { name: 'Anggaran awal (murni)' }).click();
	await expect(page.getByText('Rp 1.300', { exact: true }).first()).toBeVisible();
	await look(page, 'budget-stages');

	// Then its lines come as a file whose hash is on the screen
	await page.getByText('Bawa pulang angka ini').click();
	const coming = page.waitForEvent('download');
	await page.getByRole('link', { name: 'Tabel CSV (kolom SIPD)' }).click();
	const download = await coming;
	expect(download.suggestedFilename()).toBe('apbd-2025-murni-DLH-2.11.11.2.01.csv');
	const data = readFileSync(await download.path());
	expect(data.toString()).toContain("'=Karung (contoh)");
	await page.getByRole('button', { name: 'Lihat sidik jari' }).first().click();
	await expect(page.getByText(createHash('sha256').update(data).digest('hex'))).toBeVisible();
	await look(page, 'budget-take');
	await page.getByRole('button', { name: 'Salin kueri GraphQL' }).click();
	await expect(page.getByText('Sudah disalin')).toBeVisible();
	const query = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
	const answer = await page.request.post('/graphql', { data: query });
	expect((await answer.json()).data.budgetPlace.total).toBe('1300.00');
	await page.getByRole('button', { name: 'Salin tautan' }).click();
	const link = await page.evaluate(() => navigator.clipboard.readText());

	// And two stages lie side by side
	await page.getByRole('link', { name: 'Bandingkan tahap atau tahun' }).click();
	await page.getByLabel('Sebelumnya').selectOption('2025 murni');
	await page.getByLabel('Sekarang').selectOption('2025 perubahan');
	const rows = page.getByRole('list', { name: 'Bandingkan tahap atau tahun' }).getByRole('listitem');
	await expect(rows).toHaveCount(2);
	await expect(rows.nth(0)).toContainText('Pengangkutan sampah');
	// the two stages have their codes from two decrees: what has no namesake need not be gone
	await expect(page.getByText('Daftar kode dari kementerian berganti', { exact: false })).toBeVisible();
	await expect(rows.nth(0)).toContainText('Hanya sebelumnya');
	await expect(rows.nth(0)).not.toContainText('Selisih');
	await expect(rows.nth(1)).toContainText('-Rp 150');
	await look(page, 'budget-compare');

	// And the link shows its figure also after a correction took its place, and says so
	come('koreksi.csv', 'murni', '2025-01-01', '1000.00', [trucks.replace('900.00', '1000.00')]);
	await page.goto(link);
	await expect(page.getByText('Rp 1.300', { exact: true }).first()).toBeVisible();
	await expect(page.getByText('Berkas ini sudah diganti yang lebih baru.', { exact: false })).toBeVisible();
	await look(page, 'budget-figure');
	await page.getByRole('link', { name: 'Lihat angka penggantinya' }).click();
	await expect(page.getByText('Rp 1.000', { exact: true }).first()).toBeVisible();
});

test('revenue stands against its target and last year', async ({ page }) => {
	await page.goto('/anggaran/2024/pendapatan');
	await expect(page.getByRole('heading', { name: 'Pendapatan 2024' })).toBeVisible();
	const tax = page.getByRole('listitem').filter({ hasText: 'Pajak Daerah' });
	await expect(tax).toContainText('Rp 635,56 M diterima, target Rp 845,50 M');
	await expect(tax).toContainText('Tahun lalu Rp');
	await expect(page.getByText('Angka tahun lalu baru sampai', { exact: false })).toBeVisible();
	await expect(page.getByText('Lebih dari 100 % berarti yang diterima', { exact: false })).toBeVisible();
	await look(page, 'budget-revenue');
});

test('a place without a budget says so', async ({ page }) => {
	await page.goto('/anggaran/2026/SETWAN');
	await expect(page.getByRole('heading', { name: 'Tidak ada anggaran di sini' })).toBeVisible();
});

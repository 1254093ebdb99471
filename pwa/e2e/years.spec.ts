// The public money over time: two years side by side, what was paid against the cash plan, what came in against its target.
import { expect, test } from './base';
import { look } from './look';
import { bring, HEADINGS } from './money';

// No other test brings a budget of these years; the ministry's tables of both are there from the beginning.
const BEFORE = '2022';
const YEAR = '2023';
/** The last year of the decree before. */
const FORMER = '2021';
// A file that was brought in before is refused: no two runs bring the same bytes.
const RUN = `contoh ${Date.now()}`;
const CODES = ['--classification', 'Kepmendagri 050-5889/2021'];
const FORMER_CODES = ['--classification', 'Kepmendagri 050-3708/2020'];

const OFFICES = {
	DLH: ['2.11.0.00.0.00.01.0000', 'Dinas Lingkungan Hidup', '2.11', 'Lingkungan hidup'],
	DINKES: ['1.02.0.00.0.00.01.0000', 'Dinas Kesehatan', '1.02', 'Kesehatan'],
	BKAD: ['5.02.0.00.0.00.01.0000', 'Badan Keuangan dan Aset Daerah', '5.02', 'Keuangan'],
} as const;
type Office = keyof typeof OFFICES;

/** One programme of an office as a line of SIPD's export, all of it goods and services. */
function line(year: string, office: Office, programme: string, name: string, amount: string): string {
	const [code, called, field, about] = OFFICES[office];
	const work = `${programme}.2.01,Kegiatan ${programme},${programme}.2.01.01,Sub kegiatan ${programme}`;
	return `${year},${field[0]},Urusan,${code},${called},${code},${office},${field},${about},${programme},${name},${work},1.1,PAD,5.1.02.01.01.0025,Belanja,,${name} (${RUN}),${amount}`;
}

const ROWS = {
	[FORMER]: [
		line(FORMER, 'DLH', '2.11.08', 'PENGELOLAAN PERSAMPAHAN', '1200000000.00'),
		line(FORMER, 'DLH', '2.11.03', 'Perencanaan lingkungan hidup', '150000000.00'),
		line(FORMER, 'DLH', '2.11.04', 'Keanekaragaman hayati', '300000000.00'),
	],
	[BEFORE]: [
		line(BEFORE, 'DLH', '2.11.11', 'Pengelolaan persampahan', '1500000000.00'),
		line(BEFORE, 'DLH', '2.11.03', 'Pengendalian pencemaran', '200000000.00'),
		line(BEFORE, 'DLH', '2.11.04', 'Keanekaragaman hayati', '300000000.00'),
		line(BEFORE, 'DINKES', '1.02.02', 'Upaya kesehatan', '1000000000.00'),
		line(BEFORE, 'BKAD', '5.02.02', 'Pengelolaan keuangan daerah', '500000000.00'),
	],
	[YEAR]: [
		line(YEAR, 'DLH', '2.11.11', 'Pengelolaan persampahan', '2000000000.00'),
		line(YEAR, 'DLH', '2.11.07', 'Penghargaan lingkungan', '99999999.50'),
		line(YEAR, 'DLH', '2.11.04', 'Keanekaragaman hayati', '250000000.50'),
		line(YEAR, 'DINKES', '1.02.02', 'Upaya kesehatan', '3000000000.00'),
		line(YEAR, 'BKAD', '5.02.02', 'Pengelolaan keuangan daerah', '500000000.00'),
	],
};

const PLAN = [
	'kode_skpd,nama_skpd,kode_sub_kegiatan,kode_rekening,uraian,januari,februari,maret,april,mei,juni,juli,agustus,september,oktober,november,desember,jumlah',
	`${OFFICES.DLH[0]},${OFFICES.DLH[1]},,5.1.02.01.01.0025,Belanja barang (${RUN}),0,100000000,200000000,200000000,200000000,300000000,300000000,200000000,200000000,200000000,250000000,200000000,2350000000`,
];

/** What was paid and received up to a day: the department's spending, and two kinds of revenue and a transfer. */
function paid(day: string, spent: string, tax: string, fees: string, transfer: string): string[] {
	return [
		'kode_opd,periode,kode_rekening,uraian,anggaran,realisasi,persentase,realisasi_ly',
		`DLH,${day},5.1.02,Belanja barang (${RUN}),2350000000,${spent},,1500000000`,
		`BKAD,${day},4.1.01,Pajak daerah,1000000000,${tax},,700000000.50`,
		`BKAD,${day},4.1.02,Retribusi daerah,100000000,${fees},,90000000`,
		`BKAD,${day},4.2.01,Transfer pemerintah pusat,2000000000,${transfer},,1900000000`,
	];
}

test.beforeAll(() => {
	for (const [year, total, codes] of [
		[FORMER, '1650000000.00', FORMER_CODES],
		[BEFORE, '3500000000.00', CODES],
		[YEAR, '5850000000.00', CODES],
	] as const) {
		const rows = [HEADINGS, ...ROWS[year]];
		bring(
			`apbd-${year}.csv`,
			rows,
			'--year',
			year,
			'--effective',
			`${year}-01-01`,
			'--total',
			total,
			...codes,
		);
	}
	const plan = ['--kind', 'cash_plan', '--year', YEAR, '--effective', `${YEAR}-01-01`, ...CODES];
	bring('anggaran-kas.csv', PLAN, ...plan, '--total', '2350000000.00');
	for (const [day, spent, tax, fees, transfer, total] of [
		['2023-03-31', '150000000', '200000000', '20000000', '500000000', '870000000'],
		['2023-06-15', '900000000', '400000000', '50000000', '1000000000', '2350000000'],
		['2023-12-31', '2397000000', '987654321.50', '120000000', '1950000000', '5454654321.50'],
	] as const) {
		const rows = paid(day, spent, tax, fees, transfer);
		const given = ['--kind', 'realisation', '--year', YEAR, '--stage', day, '--effective', day, ...CODES];
		bring(`realisasi-${day}.csv`, rows, ...given, '--total', total);
	}
});

test('two years lie side by side: what grew, shrank, is new and is gone, to the sen', async ({ page }) => {
	test.setTimeout(240_000);
	await page.goto(`/anggaran/${YEAR}`);
	await page.getByRole('link', { name: 'Bandingkan tahap atau tahun' }).click();
	// the year before is proposed by itself
	await expect(page.getByLabel('Sebelumnya')).toHaveValue(`${BEFORE} murni`);
	await expect(page.getByLabel('Sekarang')).toHaveValue(`${YEAR} murni`);
	const rows = page.getByRole('list', { name: 'Bandingkan tahap atau tahun' }).getByRole('listitem');
	await expect(rows).toHaveCount(3);
	await expect(rows.nth(0)).toContainText('Dinas Kesehatan');
	await expect(rows.nth(0)).toContainText('Naik');
	await expect(rows.nth(0)).toContainText('+Rp 2.000.000.000');
	await expect(rows.nth(2)).toContainText('Tetap');
	await expect(page.getByRole('heading', { name: 'Seluruh kota' })).toBeVisible();
	await expect(page.getByRole('definition')).toHaveText(['Rp 3,50 M', 'Rp 5,85 M', '+Rp 2.350.000.000']);
	await expect(page.getByText('Selisih (+67,1 %)')).toBeVisible();
	await look(page, 'budget-years');

	await rows.nth(1).getByRole('link').click();
	await expect(page.getByRole('heading', { name: 'Dinas Lingkungan Hidup' })).toBeVisible();
	await expect(page.getByRole('definition').nth(2)).toHaveText('+Rp 350.000.000');
	await expect(rows).toHaveCount(4);
	const told: [string, string, string][] = [
		['Pengelolaan persampahan', 'Naik', '+Rp 500.000.000'],
		['Pengendalian pencemaran', 'Hilang', '-Rp 200.000.000'],
		['Penghargaan lingkungan', 'Baru', '+Rp 99.999.999,50'],
		['Keanekaragaman hayati', 'Turun', '-Rp 49.999.999,50'],
	];
	for (const [at, words] of told.entries())
		for (const word of words) await expect(rows.nth(at)).toContainText(word);
	await look(page, 'budget-years-opd');
});

test('years of two decrees are compared by name, and nothing is called new or gone for its code alone', async ({
	page,
}) => {
	test.setTimeout(240_000);
	await page.goto(`/anggaran/${BEFORE}/DLH`);
	await page.getByRole('link', { name: 'Bandingkan tahap atau tahun' }).click();
	await expect(page.getByLabel('Sebelumnya')).toHaveValue(`${FORMER} murni`);
	await expect(page.getByText('Daftar kode dari kementerian berganti', { exact: false })).toBeVisible();
	await expect(page.getByRole('definition')).toHaveText(['Rp 1,65 M', 'Rp 2,00 M', '+Rp 350.000.000']);
	const rows = page.getByRole('list', { name: 'Bandingkan tahap atau tahun' }).getByRole('listitem');
	const told: [string, string, string][] = [
		['Pengelolaan persampahan', 'Naik', '+Rp 300.000.000'],
		['Pengendalian pencemaran', 'Hanya sekarang', 'Tidak ada nama ini'],
		['Perencanaan lingkungan hidup', 'Hanya sebelumnya', 'Rp 150,00 jt'],
		['Keanekaragaman hayati', 'Tetap', 'Rp 300,00 jt'],
	];
	await expect(rows).toHaveCount(4);
	for (const [at, words] of told.entries())
		for (const word of words) await expect(rows.nth(at)).toContainText(word);
	await rows.nth(2).scrollIntoViewIfNeeded();
	await look(page, 'budget-decrees');

	// what has only an old code opens in its own year, where the code means it
	await rows.nth(2).getByRole('link').click();
	await expect(page.getByRole('heading', { name: 'Perencanaan lingkungan hidup' })).toBeVisible();
	await page.goBack();
	await rows.nth(0).getByRole('link').click();
	await expect(page.getByRole('heading', { name: 'Pengelolaan persampahan' })).toBeVisible();
	await expect(page.getByRole('definition')).toHaveText(['Rp 1,20 M', 'Rp 1,50 M', '+Rp 300.000.000']);
});

test('what was paid stands against the cash plan, month by month, with the same numbers', async ({
	page,
}) => {
	test.setTimeout(240_000);
	await page.goto(`/anggaran/${YEAR}/DLH`);
	await expect(page.getByText('Dibayarkan sampai 31 Desember 2023')).toBeVisible();
	// the newest of them in words, all of them one tap away
	await expect(page.getByRole('figure')).toContainText('2,0 % di atas rencana sampai 31 Des');
	await page.getByText('Angka tiap bulan').click();
	const months = page.getByRole('figure').getByRole('row');
	await expect(months).toHaveCount(13);
	// the last day of each month is the city's own, whatever the phone thinks
	await expect(months.nth(1)).toContainText('31 Jan');
	// paid against what was planned to that very day: half of June's plan on the 15th
	await expect(months.nth(3)).toContainText('Rp 300,00 jt');
	await expect(months.nth(3)).toContainText('Rp 150,00 jt');
	await expect(months.nth(3)).toContainText('50,0 % di bawah rencana');
	await expect(months.nth(6)).toContainText('30 Jun');
	await expect(months.nth(6)).toContainText('15 Jun: 5,9 % di atas rencana');
	await expect(months.nth(12)).toContainText('Rp 2,35 M');
	await expect(months.nth(12)).toContainText('Rp 2,40 M');
	await expect(page.getByText('102,0 % dari anggaran yang berlaku')).toBeVisible();
	await expect(page.getByText('Lebih dari 100 % berarti yang dibayarkan', { exact: false })).toBeVisible();
	await look(page, 'budget-months');
});

test("the city's own table of revenue stands beside the ministry's", async ({ page }) => {
	test.setTimeout(240_000);
	await page.goto(`/anggaran/${YEAR}/pendapatan`);
	await expect(page.getByRole('heading', { name: 'Pendapatan 2023' })).toBeVisible();
	await expect(page.getByText('Angka sampai 31 Desember 2023, dari kota.')).toBeVisible();
	const tax = page.getByRole('listitem').filter({ hasText: 'Pajak Daerah' }).first();
	await expect(tax).toContainText('Rp 987,65 jt diterima, target Rp 1,00 M');
	await expect(tax).toContainText('98,8 %');
	await expect(tax).toContainText('Tahun lalu Rp 700,00 jt');
	const fees = page.getByRole('listitem').filter({ hasText: 'Retribusi Daerah' }).first();
	await expect(fees).toContainText('120,0 %');
	await page.getByText('Angka lengkap').click();
	await expect(page.getByText('Rp 987.654.321,50')).toBeVisible();
	await expect(
		page.getByText('Lebih dari 100 % berarti yang diterima', { exact: false }).first(),
	).toBeVisible();
	await look(page, 'budget-revenue-city');
});

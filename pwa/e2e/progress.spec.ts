// An officer says on a phone how far the work is, with a photo, also without a signal; everyone sees it.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from './base';
import { lugas } from './commands';
import { look } from './look';
import { HEADINGS } from './money';
import { addPhoto, OFFICER, staff } from './people';

const CODE = '2.12.02.2.01.0002';
const PLACE = `2024/DISPENDUKCAPIL/${CODE}`;
const ROWS = [
	HEADINGS,
	`2024,2,Urusan,2.12.0.00.0.00.01.0000,Dinas Kependudukan dan Pencatatan Sipil,2.12.0.00.0.00.01.0000,Dispendukcapil,2.12,Kependudukan,2.12.02,Pendaftaran penduduk,2.12.02.2.01,Pelayanan pendaftaran,${CODE},Penerbitan dokumen,1.1,PAD,5.2.03.01.01.0001,Belanja,,Ruang layanan (contoh),300000000.00`,
];

test('a step is written with a photo, kept without a signal, and public', async ({
	browser,
	page: resident,
}) => {
	test.setTimeout(240_000);
	const file = join(mkdtempSync(join(tmpdir(), 'lugas-apbd-')), 'apbd-kemajuan.csv');
	writeFileSync(file, `${ROWS.join('\n')}\n`);
	const given = [
		'--year',
		'2024',
		'--total',
		'300000000.00',
		'--classification',
		'Kepmendagri 900.1-2850/2025',
	];
	const said = lugas('budget', 'import', file, ...given);
	expect(said).toContain('in_force');

	// Given an officer of the department who plans a step, with a photo
	const context = await staff(browser, OFFICER);
	const page = await context.newPage();
	await page.goto(`/anggaran/${PLACE}`);
	await page.getByRole('link', { name: 'Catat kemajuan' }).click();
	await expect(page.getByText('Belum ada tahap')).toBeVisible();
	await page.getByLabel('Nama tahap').fill('Ruang layanan dicat');
	await page.getByLabel('Direncanakan tanggal').fill('2024-06-30');
	await page.getByLabel('Kemajuan (persen)').fill('40');
	await addPhoto(page);
	await expect(page.getByText('Terbaca', { exact: true })).toBeVisible();
	await look(page, 'progress-new');
	await page.getByRole('button', { name: 'Simpan tahap' }).click();
	await expect(page.getByText('Tersimpan. Warga sudah bisa melihatnya.')).toBeVisible({ timeout: 30_000 });
	const steps = page.getByRole('list', { name: 'Tahap pekerjaan' });
	await expect(steps).toContainText('40 %, rencana 30 Juni 2024');

	// When it is for two kelurahan, and the step is done without a signal
	await page.getByLabel('Tambah kelurahan').selectOption({ label: 'Klojen' });
	await page.getByRole('button', { name: 'Simpan lokasi' }).click();
	await expect(page.getByText('Tersimpan. Warga sudah bisa melihatnya.')).toBeVisible();
	await steps.getByRole('button', { name: /Ruang layanan dicat/ }).click();
	await page.getByLabel('Kemajuan (persen)').fill('100');
	await context.setOffline(true);
	await page.getByRole('button', { name: 'Simpan tahap' }).click();
	await expect(page.getByText('Tersimpan di HP ini.', { exact: false })).toBeVisible({ timeout: 30_000 });
	await context.setOffline(false);

	// Then it is sent by itself, and everyone sees it with its photo and place
	await expect(async () => {
		await resident.goto(`/anggaran/${PLACE}`);
		await expect(resident.getByRole('list', { name: 'Kemajuan pekerjaan' })).toContainText('100 %, selesai', {
			timeout: 5000,
		});
	}).toPass({ timeout: 90_000 });
	await expect(resident.getByText('Di kelurahan: Klojen')).toBeVisible();
	await expect(resident.getByRole('img', { name: 'Foto 1: Ruang layanan dicat' })).toBeVisible();
	await expect(resident.getByRole('link', { name: 'Catat kemajuan' })).toHaveCount(0);
	await look(resident, 'progress');
	await context.close();

	// And the budget by kelurahan leads there too
	await resident.goto(`/anggaran/${PLACE.split('/')[0]}/kelurahan`);
	await look(resident, 'kelurahan');
	await resident.getByRole('link', { name: /Klojen/ }).click();
	await expect(resident.getByRole('heading', { name: 'Klojen' })).toBeVisible();
	await look(resident, 'kelurahan-one');
	await resident.getByRole('list', { name: 'Klojen' }).getByRole('link').first().click();
	await expect(resident).toHaveURL(new RegExp(`/anggaran/${PLACE}$`));
});

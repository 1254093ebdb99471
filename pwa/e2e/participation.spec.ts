// Taking part in the public money: a resident follows and asks, the department answers, and a proposal finds its way.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from '@playwright/test';
import { expect, test } from './base';
import { lugas } from './commands';
import { look } from './look';
import { HEADINGS, line } from './money';
import { Finger } from './passkey';
import { proveNumber, resident } from './people';

const DLH_OFFICER = '081100010006';
const SUKUN_OFFICER = '081100010016';
const PLANNER = '081100000035';
const NEXT = new Date().getFullYear() + 1;
const SUB = '2.11.11.2.01.0012';
const PLACE = `/anggaran/${NEXT}/DLH/${SUB}`;

/** Put a budget of one line in force, as finance staff would: by itself next year's, which counts already. */
function bring(stage: string, amount: string, sub = SUB, name = 'Pengangkutan sampah', year = NEXT): void {
	const file = join(mkdtempSync(join(tmpdir(), 'lugas-money-')), `${stage}.csv`);
	const row = line(sub, name, '5.1.02.01.01.0025', `Solar ${Date.now()} (contoh)`, amount);
	writeFileSync(file, [HEADINGS, row.replace(/^2026/, String(year))].join('\n'));
	lugas(
		'budget',
		'import',
		file,
		'--year',
		String(year),
		'--stage',
		stage,
		'--total',
		amount,
		'--effective',
		year === NEXT ? `${NEXT - 1}-01-01` : `${year}-01-01`,
	);
}

/** Staff who log in with a code and add the passkey that their post asks for. */
async function official(browser: Browser, phone: string): Promise<Page> {
	const page = await (await browser.newContext({ locale: 'id-ID' })).newPage();
	await Finger.on(page);
	await page.goto('/masuk');
	await proveNumber(page, phone);
	await page.getByRole('button', { name: 'Tambahkan kunci sandi' }).click();
	await expect(page).not.toHaveURL(/masuk|kunci/);
	return page;
}

test.beforeAll(() => bring('murni', '1250000000.00'));

test('a resident asks in public, the department answers in public, and the follower hears of the money', async ({
	page,
	browser,
}) => {
	test.setTimeout(300_000);
	// Given a resident at a sub-activity
	await resident(page, 'Dewi Anjani');
	await page.goto(PLACE);
	await expect(page.getByRole('heading', { name: 'Pengangkutan sampah' })).toBeVisible();

	// When she follows it and asks
	await page.getByRole('button', { name: 'Ikuti', exact: true }).click();
	await expect(page.getByRole('button', { name: 'Diikuti' })).toBeVisible();
	await page.getByRole('button', { name: 'Tanya dinas ini' }).click();
	await page.getByLabel('Pertanyaan Anda').fill('Hubungi saya di 081234567890 ya');
	await page.getByRole('button', { name: 'Kirim pertanyaan' }).click();
	await expect(
		page.getByText('Tulis tanpa NIK, nomor HP, atau surel', { exact: false }).last(),
	).toBeVisible();
	await look(page, 'ask');
	await page.getByLabel('Pertanyaan Anda').fill('Kenapa solar begitu mahal tahun ini?');
	await page.getByRole('button', { name: 'Kirim pertanyaan' }).click();
	const asked = page.getByRole('list', { name: 'Tanya jawab' }).getByRole('listitem');
	await expect(asked).toContainText('Kenapa solar begitu mahal tahun ini?');
	await expect(asked).toContainText('Dijawab paling lambat');
	await look(page, 'questions');

	// Then the department finds it in its inbox and answers
	const officer = await official(browser, DLH_OFFICER);
	await officer.goto('/pertanyaan');
	await expect(officer.getByText('Kenapa solar begitu mahal tahun ini?')).toBeVisible();
	await look(officer, 'question-inbox');
	await officer.getByRole('button', { name: 'Jawab' }).click();
	await officer.getByLabel('Jawaban dinas').fill('Karena truk bertambah tiga, dari 12 menjadi 15.');
	await officer.getByRole('button', { name: 'Kirim jawaban' }).click();
	await expect(officer.getByText('Semua sudah dijawab')).toBeVisible();

	// And when it leaves something open, she asks again, and the department answers and mends its answer
	await page.reload();
	await page.getByRole('button', { name: 'Belum terjawab? Tanya lagi' }).click();
	await page.getByLabel('Pertanyaan Anda').fill('Berapa harga satu truk itu sebenarnya?');
	await look(page, 'ask-again');
	await page.getByRole('button', { name: 'Kirim pertanyaan' }).click();
	await expect(asked).toContainText('Berapa harga satu truk itu sebenarnya?');
	await officer.reload();
	await expect(officer.getByText('Karena truk bertambah tiga, dari 12 menjadi 15.')).toBeVisible();
	await officer.getByRole('button', { name: 'Jawab' }).click();
	await officer.getByLabel('Jawaban dinas').fill('Satu truk Rp 900 juta.');
	await officer.getByRole('button', { name: 'Kirim jawaban' }).click();
	await expect(officer.getByText('Semua sudah dijawab')).toBeVisible();
	await officer.goto(PLACE);
	await officer.getByRole('button', { name: 'Perbaiki jawaban' }).click();
	await expect(officer.getByLabel('Jawaban dinas')).toHaveValue('Satu truk Rp 900 juta.');
	await expect(officer.getByRole('button', { name: 'Kirim jawaban' })).toBeDisabled();
	await officer.getByLabel('Jawaban dinas').fill('Satu truk Rp 925 juta, termasuk pajak.');
	await look(officer, 'answer-mend');
	await officer.getByRole('button', { name: 'Kirim jawaban' }).click();
	await expect(officer.getByText('Satu truk Rp 925 juta, termasuk pajak.')).toBeVisible();
	await officer.getByText(/^Diperbaiki/).click();
	await expect(officer.getByText('Satu truk Rp 900 juta.')).toBeVisible();
	await look(officer, 'conversation');
	await officer.context().close();

	// And anybody reads it, without logging in
	const anybody = await (await browser.newContext({ locale: 'id-ID' })).newPage();
	await anybody.goto(PLACE);
	await expect(anybody.getByText('Karena truk bertambah tiga, dari 12 menjadi 15.')).toBeVisible();
	await expect(anybody.getByText('Dewi')).toHaveCount(0);
	await anybody.context().close();

	// And when the amount moves, she hears of it
	bring('pergeseran-1', '1500000000.00');
	await expect(async () => {
		await page.goto('/kabar');
		await expect(page.getByText('Anggaran berubah: Pengangkutan sampah')).toBeVisible({ timeout: 3000 });
	}).toPass({ timeout: 40_000 });
	await expect(page.getByText(/Rp\s?1\.250\.000\.000 menjadi Rp\s?1\.500\.000\.000/)).toBeVisible();
	await expect(page.getByText('Pertanyaan Anda dijawab')).toHaveCount(2);
	await page.goto('/diikuti');
	await expect(page.getByRole('link', { name: 'Pengangkutan sampah' }).first()).toBeVisible();
	await look(page, 'following');
	await page.getByRole('button', { name: /^Berhenti/ }).click();
	await page.getByRole('button', { name: /^Ikuti Pengangkutan/ }).click();
	await expect(page.getByRole('button', { name: /^Berhenti/ })).toBeVisible();
});

test('a proposal goes from a resident through the meeting into the budget', async ({ page, browser }) => {
	test.setTimeout(180_000);
	// Given a resident who proposes
	await resident(page, 'Rahmat Hidayat');
	await page.goto('/usulan');
	await page.getByRole('link', { name: 'Usulkan sesuatu' }).click();
	await page.getByLabel('Kelurahan', { exact: true }).selectOption({ label: 'Ciptomulyo' });
	await page.getByLabel('Apa yang diusulkan').fill('Tempat sampah di pasar kecil');
	await page.getByLabel('Kenapa, dan tepatnya di mana').fill('Sampah menumpuk di depan pasar setiap pagi.');
	await look(page, 'propose');
	await page.getByRole('button', { name: 'Kirim usulan' }).click();
	await expect(page.getByRole('heading', { name: 'Tempat sampah di pasar kecil' })).toBeVisible();
	await page.getByRole('button', { name: 'Dukung' }).click();
	await expect(page.getByText('1 pendukung')).toBeVisible();
	const address = page.url();

	// When the kecamatan accepts it and the planning agency finds its place in the budget
	const kecamatan = await official(browser, SUKUN_OFFICER);
	await kecamatan.goto('/usulan');
	await kecamatan.getByRole('button', { name: 'Menunggu saya' }).click();
	await kecamatan.getByRole('link', { name: /Tempat sampah di pasar kecil/ }).click();
	await kecamatan.getByRole('button', { name: 'Diterima', exact: true }).click();
	await look(kecamatan, 'proposal-decide');
	await kecamatan.getByRole('button', { name: 'Diterima', exact: true }).last().click();
	await expect(kecamatan.getByRole('heading', { name: 'Tahap usulan' })).toHaveCount(0);
	await kecamatan.context().close();
	const planner = await official(browser, PLANNER);
	await planner.goto(address);
	await planner.getByRole('button', { name: 'Masuk anggaran', exact: true }).click();
	await planner.getByLabel('Dinas yang mengerjakan').selectOption({ label: 'Dinas Lingkungan Hidup' });
	await planner.getByLabel('Kode di anggaran').fill('2.11.11.2.01.0012');
	await planner.getByRole('button', { name: 'Masuk anggaran', exact: true }).last().click();
	await expect(planner.getByRole('link', { name: /Pengangkutan sampah/ })).toBeVisible();
	await planner.context().close();

	// Then the resident sees the way it took, and the place in the budget names the proposal
	await page.reload();
	await expect(page.getByRole('list', { name: 'Perjalanannya' }).locator('[aria-current=step]')).toHaveText(
		'Masuk anggaran',
	);
	await look(page, 'proposal');
	await page.getByRole('link', { name: /Pengangkutan sampah/ }).click();
	await expect(page.getByRole('link', { name: /Tempat sampah di pasar kecil/ })).toBeVisible();
	await page.goto('/usulan');
	await expect(page.getByRole('link', { name: /Tempat sampah di pasar kecil/ })).toBeVisible();
	await look(page, 'proposals');
});

test('a place that the next budget drops says what it was, and what is most like it can be followed', async ({
	page,
}) => {
	test.setTimeout(120_000);
	// Given a resident who follows a sub-activity
	await resident(page, 'Wulan Sari');
	await page.goto(PLACE);
	await page.getByRole('button', { name: 'Ikuti', exact: true }).click();
	await expect(page.getByRole('button', { name: 'Diikuti' })).toBeVisible();

	// When the draft of the year after has it under another code and name
	bring('murni', '2000000000.00', '2.11.11.2.01.0013', 'Pengelolaan dan pengangkutan sampah', NEXT + 1);

	// Then she is told, and finds what it was and what is like it
	await expect(async () => {
		await page.goto('/kabar');
		await expect(page.getByText(`Tidak ada lagi di anggaran ${NEXT + 1}: Pengangkutan sampah`)).toBeVisible({
			timeout: 3000,
		});
	}).toPass({ timeout: 40_000 });
	await page.goto('/diikuti');
	await expect(page.getByText(`Tidak ada lagi di anggaran ${NEXT + 1}.`)).toBeVisible();
	await expect(page.getByText(new RegExp(`Terakhir di anggaran ${NEXT}: Rp`))).toBeVisible();
	const like = page.getByRole('list', { name: /Yang namanya paling mirip/ });
	await look(page, 'following-gone');
	await like.getByRole('button', { name: 'Ikuti Pengelolaan dan pengangkutan sampah' }).click();
	await expect(like.getByText('Diikuti')).toBeVisible();
	await page.getByRole('button', { name: 'Berhenti Pengangkutan sampah', exact: true }).click();
	await expect(like).toHaveCount(0);

	// And what is to come can be read before it counts
	await page.getByRole('link', { name: 'Pengelolaan dan pengangkutan sampah' }).click();
	await expect(page.getByRole('heading', { name: 'Pengelolaan dan pengangkutan sampah' })).toBeVisible();
});

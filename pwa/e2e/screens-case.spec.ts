// Every screen that a case passes, at the resident's, the officer's and the head's; `make pictures` keeps them.
import type { Page } from '@playwright/test';
import { expect, test } from './base';
import { act, ask } from './letters';
import { look } from './look';
import { Finger } from './passkey';
import { fillApplication, HEAD, OFFICER, resident, sendApplication, staff } from './people';

/** An order that waits for the head's signature: the deputy is to sign a.n. next month; its id. */
async function unsignedOrder(head: Page): Promise<string> {
	const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
	const given = { opdCode: 'DISPENDUKCAPIL', startsAt: day(30), endsAt: day(40) };
	const { standInCandidates } = await ask(
		head,
		'query Q($o: String!, $a: DateTime!, $b: DateTime!) { standInCandidates(opdCode: $o, startsAt: $a, endsAt: $b) { id sameOffice } }',
		{ o: given.opdCode, a: given.startsAt, b: given.endsAt },
	);
	const receiverId = standInCandidates.find((one: { sameOffice: boolean }) => one.sameOffice).id;
	const input = { ...given, kind: 'AN', reason: 'OTHER', standIn: { receiverId } };
	const fields = '... on DelegationChanged { delegation { id } }';
	return (await act(head, 'grantDelegation', 'GrantDelegationInput', fields, input)).delegation.id;
}

test('the screens of a case, from the officer to the verified letter', async ({ page, browser }) => {
	test.setTimeout(600_000);
	await resident(page, 'Budi Santoso');
	await fillApplication(page);
	const number = await sendApplication(page);
	await expect(page.getByRole('heading', { name: 'Permohonan terkirim' })).toBeVisible({ timeout: 60_000 });

	const officer = await (await staff(browser, OFFICER)).newPage();
	await officer.goto('/loket');
	await look(officer, 'inbox');
	await officer.goto(`/berkas/${number}`);
	await look(officer, 'office-case');
	await officer.getByRole('button', { name: 'Ambil berkas ini' }).click();
	await officer.getByRole('button', { name: 'Kembalikan', exact: true }).click();
	await officer.getByRole('checkbox').first().check();
	await look(officer, 'return-sheet');
	await officer.getByLabel('Apa yang harus diganti?').fill('Foto buram, nomor tidak terbaca.');
	await officer.getByRole('dialog').getByRole('button', { name: 'Kembalikan', exact: true }).click();
	await expect(officer.getByText('Dikembalikan ke pemohon. Waktu berhenti dihitung.')).toBeVisible();

	await page.goto('/');
	await expect(page.getByRole('link', { name: /perlu Anda/ })).toBeVisible();
	await look(page, 'home-needs-you');
	await page.goto(`/permohonan/${number}`);
	await expect(page.getByRole('heading', { name: 'Perlu Anda ganti' })).toBeVisible();
	await look(page, 'case-returned');
	await page
		.locator('input[type=file]')
		.first()
		.setInputFiles(`${import.meta.dirname}/photo.jpg`);
	await expect(page.getByText('Terbaca', { exact: true })).toBeVisible();
	await page.getByRole('button', { name: 'Kirim perbaikan' }).click();
	await expect(page.getByRole('heading', { name: 'Perlu Anda ganti' })).toBeHidden({ timeout: 30_000 });
	await officer.goto(`/berkas/${number}`);
	await officer.getByRole('button', { name: 'Setujui, kirim ke penanda tangan' }).click();
	await expect(officer.getByText('Disetujui. Surat menunggu tanda tangan.')).toBeVisible();

	await page.goto(`/permohonan/${number}`);
	await look(page, 'case');
	await page.goto('/permohonan');
	await look(page, 'mine');
	await page.goto(`/lacak/${number}`);
	await look(page, 'track-number');
	await page.goto('/kabar');
	await look(page, 'notices');

	const head = await (await staff(browser, HEAD)).newPage();
	await Finger.of(head, HEAD);
	for (const [path, name] of [
		['/pengganti', 'stand-ins'],
		['/pengganti/pergi', 'going-away'],
		['/pengganti/tunjuk', 'name-stand-in'],
		['/perjalanan', 'trips'],
		['/perjalanan/baru', 'new-trip'],
	] as const) {
		await head.goto(path);
		await look(head, name);
	}
	await head.goto(`/pengganti/${await unsignedOrder(head)}`);
	await expect(head.getByText('Menunggu tanda tangan', { exact: true })).toBeVisible();
	await look(head, 'stand-in-order');
	await expect(async () => {
		await head.goto(`/tanda-tangan?surat=${number}`);
		await expect(head.getByRole('link', { name: 'Buka PDF' })).toBeVisible({ timeout: 5000 });
	}).toPass({ timeout: 90_000 });
	await look(head, 'letter');
	await head.getByRole('button', { name: 'Sudah saya baca' }).click();
	await look(head, 'desk');
	await head.getByRole('button', { name: /^Tanda tangani 1/ }).click();
	await expect(head.getByText('Sudah ditandatangani')).toBeVisible();
	await look(head, 'desk-signed');
	await expect(async () => {
		await page.goto(`/permohonan/${number}`);
		await expect(page.getByRole('link', { name: 'Periksa keaslian surat' })).toBeVisible({ timeout: 3000 });
	}).toPass({ timeout: 60_000 });
	await look(page, 'case-done');
	await page.getByRole('link', { name: 'Periksa keaslian surat' }).click();
	await expect(page.getByRole('heading', { name: 'SAH' })).toBeVisible();
	await look(page, 'verify');
});

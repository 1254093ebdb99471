// Two officers, one case: the second is told what happened, and what was typed is still there.
import { expect, test } from './base';
import { fillApplication, OFFICER, resident, SECOND_OFFICER, sendApplication, staff } from './people';

const REASON = 'Nama di foto tidak sama dengan nama di isian.';

test('who acts on a case that a colleague has changed is told so, sees it as it is, and loses nothing', async ({
	page,
	browser,
}) => {
	test.setTimeout(240_000);
	await resident(page, 'Citra Lestari');
	await fillApplication(page);
	const number = await sendApplication(page);
	await expect(page.getByRole('heading', { name: 'Permohonan terkirim' })).toBeVisible({ timeout: 40_000 });

	const first = await staff(browser, OFFICER);
	const one = await first.newPage();
	const two = await (await staff(browser, SECOND_OFFICER)).newPage();
	const take = { name: 'Ambil berkas ini' } as const;
	for (const desk of [one, two]) {
		// Their line for live updates is dead: what a colleague does is told by the refusal alone.
		await desk.routeWebSocket(/\/graphql$/, () => undefined);
		await desk.goto(`/berkas/${number}`);
		await expect(desk.getByRole('button', take)).toBeVisible();
	}

	await one.getByRole('button', take).click();
	await expect(one.getByText('Berkas ini sekarang Anda tangani.')).toBeVisible();
	await two.getByRole('button', take).click();
	await expect(two.getByRole('alert')).toContainText(
		'Berkas ini sudah diubah orang lain. Sekarang: Sedang diperiksa.',
	);
	await expect(two.getByText('Rina Kusumawardani', { exact: true })).toBeVisible();
	await expect(two.getByRole('button', take)).toBeHidden();

	// The first officer writes a refusal on the desk, and lets go of the case on the phone; the second takes it.
	await one.getByRole('button', { name: 'Tolak', exact: true }).click();
	await one.getByLabel('Alasan').fill(REASON);
	const phone = await (await staff(browser, OFFICER)).newPage();
	await phone.goto(`/berkas/${number}`);
	await phone.getByRole('button', { name: 'Lepas', exact: true }).click();
	await expect(phone.getByText('Dilepas. Petugas lain bisa mengambilnya.')).toBeVisible();
	await two.reload();
	await two.getByRole('button', take).click();
	await expect(two.getByText('Berkas ini sekarang Anda tangani.')).toBeVisible();

	const sheet = one.getByRole('dialog');
	await sheet.getByRole('button', { name: 'Tolak', exact: true }).click();
	await expect(sheet.getByRole('alert')).toContainText(
		'Berkas ini sudah diubah orang lain. Sekarang: Sedang diperiksa.',
	);
	await expect(sheet.getByLabel('Alasan')).toHaveValue(REASON);
	await expect(sheet.getByRole('button', { name: 'Tolak', exact: true })).toBeDisabled();
	await one.keyboard.press('Escape');
	await expect(one.getByText('Galih Mahendra', { exact: true })).toBeVisible();

	// Nothing was decided: the resident still waits for the same answer.
	await page.goto(`/lacak/${number}`);
	await expect(page.getByText('Sedang diperiksa').first()).toBeVisible();
});

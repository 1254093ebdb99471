// What an officer does shows on the resident's open phone, and a new case in the open inbox, without a touch.
import { expect, test } from './base';
import { fillApplication, OFFICER, resident, sendApplication, staff } from './people';

test('an open case and an open inbox follow what happens', async ({ page, browser }) => {
	test.setTimeout(240_000);
	const context = await staff(browser, OFFICER);
	const inbox = await context.newPage();
	await inbox.goto('/loket');
	await expect(inbox.getByRole('group')).toBeVisible();

	await resident(page, 'Dewi Anggraini');
	await fillApplication(page);
	const number = await sendApplication(page);
	await expect(page.getByRole('heading', { name: 'Permohonan terkirim' })).toBeVisible({ timeout: 40_000 });
	await expect(inbox.locator(`a[href*="${number}"]`)).toBeVisible({ timeout: 20_000 });

	await page.goto(`/permohonan/${number}`);
	await expect(page.locator('h1')).toBeVisible();
	await expect(page.getByText('Mulai diperiksa')).toHaveCount(0);
	const desk = await context.newPage();
	await desk.goto(`/berkas/${number}`);
	await desk.getByRole('button', { name: 'Ambil berkas ini' }).click();
	await expect(desk.getByText('Berkas ini sekarang Anda tangani.')).toBeVisible();
	await expect(page.getByText('Mulai diperiksa')).toBeVisible({ timeout: 20_000 });
});

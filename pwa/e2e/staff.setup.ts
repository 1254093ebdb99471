// Officers and head log in once; the other tests use their sessions (a number may ask for one code a minute).
import { expect, test } from './base';
import { Finger } from './passkey';
import { HEAD, OFFICER, proveNumber, SECOND_OFFICER, stateOf, TREASURY } from './people';

for (const [phone, place] of [
	[OFFICER, '/loket'],
	[SECOND_OFFICER, '/loket'],
	[TREASURY, '/loket'],
] as const) {
	test(`staff with number ${phone} logs in and lands on ${place}`, async ({ page }) => {
		await page.goto('/masuk');
		await proveNumber(page, phone);
		await expect(page.getByRole('heading', { name: 'Kunci sandi' })).toBeVisible();
		await page.getByRole('link', { name: 'Nanti saja' }).click();
		await expect(page).toHaveURL(new RegExp(`^[^?]+${place}$`));
		await page.context().storageState({ path: stateOf(phone) });
	});
}

test('the head logs in, adds a passkey as asked, and lands at the desk', async ({ page }) => {
	const finger = await Finger.on(page);
	await page.goto('/masuk');
	await proveNumber(page, HEAD);
	await page.getByRole('button', { name: 'Tambahkan kunci sandi' }).click();
	await expect(page).toHaveURL(/^[^?]+\/tanda-tangan$/);
	await page.context().storageState({ path: stateOf(HEAD) });
	await finger.keep(HEAD);
});

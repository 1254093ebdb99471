// Officer and head log in once; the other tests use their sessions (a number may ask for one code a minute).
import { expect, test } from './base';
import { HEAD, OFFICER, proveNumber, SECOND_OFFICER, stateOf } from './people';

for (const [phone, place] of [
	[OFFICER, '/loket'],
	[SECOND_OFFICER, '/loket'],
	[HEAD, '/tanda-tangan'],
] as const) {
	test(`staff with number ${phone} logs in and lands on ${place}`, async ({ page }) => {
		await page.goto('/masuk');
		await proveNumber(page, phone);
		await expect(page).toHaveURL(new RegExp(`${place}$`));
		await page.context().storageState({ path: stateOf(phone) });
	});
}

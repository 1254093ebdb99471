// A wrong letter: its head replaces it, signs the new one and revokes that; whoever checks reads it, old and new.
import type { Page } from '@playwright/test';
import { expect, test } from './base';
import { finger, openLetter, prepare, sign, waitingLetters } from './letters';
import { look } from './look';
import { Finger } from './passkey';
import { HEAD, proveNumber, staff } from './people';

const INSPECTOR = '081100000033';
const WHY = 'Tanggal kejadian salah tulis di surat.';

/** Sign what waits; the address of the letter's verification once it is issued. */
async function issued(head: Page, number: string): Promise<string> {
	const seen = await openLetter(head, number);
	const prepared = await prepare(head, [seen]);
	const signed = await sign(head, prepared.intentId, await finger(head, prepared.options), [seen]);
	expect(signed.outcomes).toEqual([{ problem: null }]);
	const link = head.getByRole('link', { name: 'Periksa keaslian surat' });
	await expect(async () => {
		await head.goto(`/berkas/${number}`);
		await expect(link).toBeVisible({ timeout: 3000 });
	}).toPass({ timeout: 60_000 });
	return (await link.getAttribute('href')) ?? '';
}

/** Afresh: the same address with its part after # would not be loaded again. */
async function visit(page: Page, address: string): Promise<void> {
	await page.goto('/lacak');
	await page.goto(address);
}

test('a letter is replaced and its successor revoked, and both say so to everyone', async ({
	page,
	browser,
}) => {
	test.setTimeout(600_000);
	const [number = ''] = await waitingLetters(browser, 1);
	const head = await (await staff(browser, HEAD)).newPage();
	await Finger.of(head, HEAD);
	await head.goto('/lacak');
	const first = await issued(head, number);
	await visit(page, first);
	await expect(page.getByRole('heading', { name: 'SAH' })).toBeVisible();
	await expect(page.getByText('Surat ini salah?')).toHaveCount(0);
	await look(page, 'verify');

	await expect(head.getByRole('heading', { name: 'Surat ini salah?' })).toBeVisible();
	await look(head, 'letter-wrong');
	await head.getByRole('button', { name: 'Ganti surat' }).click();
	const sheet = head.getByRole('dialog');
	await look(head, 'letter-replace');
	await sheet.getByRole('button', { name: 'Ganti surat' }).click();
	await expect(sheet.getByText(/harus diisi/).first()).toBeVisible();
	await sheet.getByLabel('Alasan').fill('salah');
	await sheet.getByRole('button', { name: 'Ganti surat' }).click();
	await expect(sheet.getByText(/Tulis alasan 10 sampai/).first()).toBeVisible();
	await sheet.getByLabel('Alasan').fill(WHY);
	await sheet.getByRole('button', { name: 'Ganti surat' }).click();
	await expect(head.getByText('Surat diganti. Surat baru menunggu tanda tangan.')).toBeVisible();

	await visit(page, first);
	await expect(page.getByRole('heading', { name: 'DIGANTI' })).toBeVisible();
	await expect(page.getByText(WHY)).toBeVisible();
	const second = await issued(head, number);
	expect(second.split('#')[0]).not.toBe(first.split('#')[0]);
	await visit(page, first);
	await expect(page.getByText('Diganti dengan nomor')).toBeVisible();
	await look(page, 'verify-replaced');
	await page.getByRole('link', { name: 'Periksa surat penggantinya' }).click();
	await expect(page.getByRole('heading', { name: 'SAH' })).toBeVisible();
	expect(new URL(page.url()).pathname).toBe(second.split('#')[0]);

	// The inspectorate sees no case, but ends any letter that it has in hand; with no signal the act waits.
	const inspector = await (await browser.newContext()).newPage();
	await Finger.on(inspector);
	await inspector.goto('/masuk');
	await proveNumber(inspector, INSPECTOR);
	await inspector.getByRole('button', { name: 'Tambahkan kunci sandi' }).click();
	await expect(inspector).not.toHaveURL(/masuk|kunci/);
	await inspector.goto(second);
	await inspector.getByRole('button', { name: 'Cabut surat' }).click();
	await look(inspector, 'letter-revoke');
	await inspector.context().setOffline(true);
	await inspector.getByRole('dialog').getByLabel('Alasan').fill(WHY);
	await inspector.getByRole('dialog').getByRole('button', { name: 'Cabut surat' }).click();
	await expect(inspector.getByText('Cabut surat: menunggu dikirim.')).toBeVisible({ timeout: 30_000 });
	await inspector.context().setOffline(false);
	await expect(async () => {
		await visit(page, second);
		await expect(page.getByRole('heading', { name: 'DICABUT' })).toBeVisible({ timeout: 3000 });
	}).toPass({ timeout: 60_000 });
	await expect(page.getByText(WHY)).toBeVisible();
	await look(page, 'verify-revoked');

	await head.goto(second);
	await expect(head.getByRole('heading', { name: 'DICABUT' })).toBeVisible();
	await expect(head.getByRole('button', { name: 'Cabut surat' })).toHaveCount(0);
	await inspector.context().close();
});

// Every screen: axe in light and dark, no sideways scroll, and the pictures of docs/screens.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from './base';
import { fillApplication, HEAD, OFFICER, resident, SERVICE, sendApplication, staff } from './people';

const folder = join(import.meta.dirname, '..', '..', 'docs', 'screens');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Look at the screen in both themes; `picture` keeps what is seen. */
async function look(page: Page, name: string, picture = false): Promise<void> {
	await expect(page.locator('main h1').first()).toBeVisible();
	await expect(page.locator('[aria-busy=true]')).toHaveCount(0);
	for (const theme of ['light', 'dark'] as const) {
		await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
		// The whole page at once: what lies under the fixed menu is reached by scrolling, not obscured.
		const height = await page.evaluate(() => document.documentElement.scrollHeight);
		await page.setViewportSize({ width: 360, height: Math.max(800, height) });
		const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
		const found = violations.map(
			(one) => `${one.id}: ${one.nodes.map((node) => node.target.join(' ')).join(', ')}`,
		);
		expect(found, `${name}, ${theme}`).toEqual([]);
		expect(
			await page.evaluate(() => document.documentElement.scrollWidth),
			`${name} scrolls sideways`,
		).toBeLessThanOrEqual(360);
		await page.setViewportSize({ width: 360, height: 800 });
		if (picture) {
			mkdirSync(folder, { recursive: true });
			await page.screenshot({ path: join(folder, `${name}-${theme}.png`) });
		}
	}
	await page.emulateMedia({ colorScheme: 'light' });
}

test('the screens that need no login', async ({ page }) => {
	test.setTimeout(300_000);
	for (const [path, name, picture] of [
		['/', 'home', true],
		['/layanan', 'services', false],
		[`/layanan/${SERVICE}`, 'service', true],
		['/lacak', 'track', false],
		['/lacak/0000000012', 'track-unknown', false],
		['/akun', 'account-stranger', false],
		['/masuk', 'login', false],
		['/permohonan', 'mine-stranger', false],
		['/v/0000000000000000AA', 'verify-unknown', false],
		['/tidak-ada', 'not-found', false],
	] as const) {
		await page.goto(path);
		await look(page, name, picture);
	}
	await page.goto(`/layanan/${SERVICE}`);
	await page.getByRole('button', { name: 'Laporkan dari sini.' }).click();
	await expect(page.getByRole('dialog')).toBeVisible();
	await look(page, 'report-money');
});

test('the screens of a resident, an officer and a head', async ({ page, browser }) => {
	test.setTimeout(600_000);
	await resident(page, 'Budi Santoso');
	await page.goto('/permohonan');
	await look(page, 'mine-empty');
	await page.goto(`/layanan/${SERVICE}/ajukan`);
	await look(page, 'apply-questions');
	await fillApplication(page);
	await look(page, 'apply-review');
	await page.goto(`/layanan/${SERVICE}/ajukan?langkah=2`);
	await expect(page.getByText('Terbaca', { exact: true })).toBeVisible();
	await look(page, 'apply-document', true);
	await page.goto(`/layanan/${SERVICE}/ajukan?langkah=4`);
	const number = await sendApplication(page);
	await expect(page.getByRole('heading', { name: 'Permohonan terkirim' })).toBeVisible({ timeout: 40_000 });
	await look(page, 'receipt', true);

	const officer = await (await staff(browser, OFFICER)).newPage();
	await officer.goto('/loket');
	await look(officer, 'inbox', true);
	await officer.goto(`/berkas/${number}`);
	await look(officer, 'office-case', true);
	await officer.getByRole('button', { name: 'Ambil berkas ini' }).click();
	await officer.getByRole('button', { name: 'Kembalikan', exact: true }).click();
	await officer.getByRole('checkbox').first().check();
	await look(officer, 'return-sheet');
	await officer.keyboard.press('Escape');
	await officer.getByRole('button', { name: 'Setujui, kirim ke penanda tangan' }).click();
	await expect(officer.getByText('Disetujui. Surat menunggu tanda tangan.')).toBeVisible();

	await page.goto(`/permohonan/${number}`);
	await look(page, 'case', true);
	await page.goto('/permohonan');
	await look(page, 'mine', true);
	await page.goto(`/lacak/${number}`);
	await look(page, 'track-number');
	await page.goto('/kabar');
	await look(page, 'notices');
	await page.goto('/akun');
	await look(page, 'account');
	await page.goto('/akun/profil');
	await look(page, 'profile');

	const head = await (await staff(browser, HEAD)).newPage();
	await expect(async () => {
		await head.goto('/tanda-tangan');
		await expect(head.locator('.letter').first()).toBeVisible({ timeout: 3000 });
	}).toPass({ timeout: 60_000 });
	await head.locator('.letter .row').first().click();
	await expect(head.getByRole('link', { name: 'Buka PDF' })).toBeVisible();
	await look(head, 'letter');
	await head.getByRole('button', { name: 'Sudah saya baca' }).click();
	await look(head, 'desk', true);
	await head.getByRole('button', { name: /^Tanda tangani 1/ }).click();
	await expect(head.getByText('Sudah ditandatangani')).toBeVisible();
	await expect(async () => {
		await page.goto('/permohonan');
		await page.locator('main .list a').first().click();
		await expect(page.getByRole('link', { name: 'Periksa keaslian surat' })).toBeVisible({ timeout: 3000 });
	}).toPass({ timeout: 60_000 });
	await look(page, 'case-done');
	await page.getByRole('link', { name: 'Periksa keaslian surat' }).click();
	await expect(page.getByRole('heading', { name: 'SAH' })).toBeVisible();
	await look(page, 'verify', true);
});

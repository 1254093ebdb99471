// Looks at a screen as different people do: both themes, a phone and a desk, twice the text, a thumb, axe.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, type Page } from '@playwright/test';
import { faults } from './axe';

const folder = join(import.meta.dirname, '..', '..', 'docs', 'screens');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const SIZES = [
	{ width: 360, height: 800 },
	{ width: 1280, height: 800 },
];
/** A test run writes no pictures: `make pictures` does. */
const pictures = process.env.LUGAS_PICTURES === '1';

/** Keep what is seen as WebP, which the browser itself encodes: a fifth of a PNG. */
async function picture(page: Page, name: string): Promise<void> {
	const png = (await page.screenshot()).toString('base64');
	const other = await page.context().newPage();
	const webp = await other.evaluate(async (data) => {
		const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
		const bitmap = await createImageBitmap(new Blob([bytes]));
		const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
		canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
		const blob = await canvas.convertToBlob({ type: 'image/webp', quality: 0.82 });
		const made = new Uint8Array(await blob.arrayBuffer());
		let text = '';
		for (let at = 0; at < made.length; at += 8192)
			text += String.fromCharCode(...made.subarray(at, at + 8192));
		return btoa(text);
	}, png);
	await other.close();
	mkdirSync(folder, { recursive: true });
	writeFileSync(join(folder, `${name}.webp`), Buffer.from(webp, 'base64'));
}

/** What a thumb cannot hit: anything under 48 px, but a link within a sentence (WCAG 2.5.8's own exception). */
function smallTargets(page: Page): Promise<string[]> {
	return page.evaluate(() => {
		const LEAST = 47.5;
		const within = document.querySelector('dialog[open]') ?? document.body;
		const all = within.querySelectorAll<HTMLElement>(
			'a[href], button, input:not([type=hidden]), select, textarea, summary',
		);
		const found: string[] = [];
		for (const one of all) {
			const style = getComputedStyle(one);
			if (style.visibility === 'hidden' || style.display === 'none' || one.closest('[inert]')) continue;
			const words = [...(one.parentElement?.childNodes ?? [])].some(
				(node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim(),
			);
			const inText = /^inline(-block)?$/.test(style.display) && words;
			if (inText) continue;
			// A choice is hit by its whole label, a search by its whole frame.
			const label = one instanceof HTMLInputElement ? (one.closest('label, .search') ?? one) : one;
			const box = label.getBoundingClientRect();
			if (box.width === 0 || box.bottom < 0) continue; // the skip link waits above the page
			if (box.width >= LEAST && box.height >= LEAST) continue;
			const name = one.getAttribute('aria-label') ?? one.textContent?.trim() ?? one.getAttribute('name');
			found.push(`${one.tagName} "${name}" ${Math.round(box.width)}x${Math.round(box.height)}`);
		}
		return found;
	});
}

/** Words that are cut off: by their own box, or by one around them that does not scroll. */
function cutText(page: Page): Promise<string[]> {
	return page.evaluate(() => {
		const found: string[] = [];
		for (const one of document.querySelectorAll<HTMLElement>('body *')) {
			const style = getComputedStyle(one);
			const hides = (value: string) => value === 'hidden' || value === 'clip';
			if (one.closest('.unseen, svg, dialog:not([open])') || !one.textContent?.trim()) continue;
			if (!hides(style.overflowX) && !hides(style.overflowY)) continue;
			const cut = one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1;
			if (cut) found.push(`${one.className} "${one.textContent.trim().slice(0, 40)}"`);
		}
		return found;
	});
}

const widthOf = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth);

async function settled(page: Page): Promise<void> {
	await expect(page.locator('main h1').first()).toBeVisible();
	await expect(page.locator('[aria-busy=true]')).toHaveCount(0);
}

/** Twice the text (the phone's own setting): everything is still there, and nothing is to be pushed sideways. */
async function lookAtTwice(page: Page, name: string): Promise<void> {
	await page.evaluate(() => document.documentElement.style.setProperty('font-size', '200%'));
	await expect
		.configure({ soft: true })
		.poll(() => widthOf(page), `${name} at 200 % scrolls sideways`)
		.toBeLessThanOrEqual(360);
	expect.soft(await cutText(page), `${name} at 200 % loses text`).toEqual([]);
	await page.evaluate(() => document.documentElement.style.removeProperty('font-size'));
}

/** Look at the screen that is open; every fault fails the test with the screen's name. */
export async function look(page: Page, name: string): Promise<void> {
	await settled(page);
	for (const { width, height } of SIZES) {
		for (const theme of ['light', 'dark'] as const) {
			await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
			await page.setViewportSize({ width, height });
			await settled(page);
			if (pictures) await picture(page, `${name}-${width}-${theme}`);
			// The whole page at once: what lies under the fixed menu is reached by scrolling, not obscured.
			const whole = await page.evaluate(() => document.documentElement.scrollHeight);
			await page.setViewportSize({ width, height: Math.max(height, whole) });
			expect.soft(await faults(page, RULES), `${name}, ${width} px, ${theme}`).toEqual([]);
			expect.soft(await widthOf(page), `${name} at ${width} px scrolls sideways`).toBeLessThanOrEqual(width);
			if (theme === 'light')
				expect.soft(await smallTargets(page), `${name}, ${width} px: small targets`).toEqual([]);
			if (theme === 'light') expect.soft(await cutText(page), `${name}, ${width} px: cut text`).toEqual([]);
		}
		if (width === 360) await lookAtTwice(page, name);
	}
	await page.setViewportSize({ width: 360, height: 800 });
	await page.emulateMedia({ colorScheme: 'light' });
}

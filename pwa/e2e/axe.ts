// What axe finds wrong with the document on the screen. It runs inside the page and travels once a document: the
// app has no frames, and @axe-core/playwright sends it three times a look and opens a second page to add up.
import type { Page } from '@playwright/test';
import axe, { type RunOptions } from 'axe-core';

/** Every rule that is broken and where; of the rules with these tags, or of all. Opens no page and leaves no mark. */
export async function faults(page: Page, tags?: string[]): Promise<string[]> {
	if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
	const options: RunOptions = { resultTypes: ['violations'], ...(tags && { runOnly: tags }) };
	return page.evaluate(async (given) => {
		const { violations } = await (window as unknown as { axe: typeof axe }).axe.run(document, given);
		return violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(' ')).join(', ')}`);
	}, options);
}

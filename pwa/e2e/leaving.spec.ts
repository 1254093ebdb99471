// What stays on a phone that is handed on: nothing.
import { expect, test } from './base';
import { answerQuestions, resident } from './people';

const NAME = 'Kenari Rahasia';

test('after log-out no store of the browser holds anything of the person', async ({ page }) => {
	await resident(page, NAME);
	await page.goto('/layanan/DUK-KTP-HILANG/ajukan');
	await answerQuestions(page, NAME);
	await page
		.locator('input[type=file]')
		.first()
		.setInputFiles(`${import.meta.dirname}/photo.jpg`);
	await expect(page.getByText('Terbaca', { exact: true })).toBeVisible();
	const dump = () =>
		page.evaluate(async () => {
			const db = await new Promise<IDBDatabase>((done, failed) => {
				const opening = indexedDB.open('lugas');
				opening.onsuccess = () => done(opening.result);
				opening.onerror = () => failed(opening.error);
			});
			const rows: Record<string, unknown[]> = {};
			for (const store of Array.from(db.objectStoreNames)) {
				rows[store] = await new Promise((done) => {
					const asking = db.transaction(store).objectStore(store).getAll();
					asking.onsuccess = () => done(asking.result);
				});
			}
			db.close();
			return JSON.stringify({ rows, local: { ...localStorage }, files: rows.files?.length });
		});
	expect(await dump()).toContain(NAME);

	await page.goto('/akun');
	await page.getByRole('button', { name: 'Keluar', exact: true }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Keluar', exact: true }).click();
	await expect(page).toHaveURL(/\/$/);
	const left = await dump();
	expect(left).not.toContain(NAME);
	expect(JSON.parse(left).files).toBe(0);
	await page.goto('/permohonan');
	await expect(page.getByRole('link', { name: 'Masuk', exact: true })).toBeVisible();
});

// The network cut at random moments: every application arrives, once, under its number, with all its photos.
// `make offline` runs a hundred (LUGAS_OFFLINE_CASES); a few run with the other tests.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from './base';
import { casesOf, dice, FIVE_PHOTOS, fillFresh, sendThroughCuts, TWO_PHOTOS } from './cuts';
import { Line } from './line';
import { resident } from './people';

const CASES = Number(process.env.LUGAS_OFFLINE_CASES ?? 3);
const SEED = Number(process.env.LUGAS_OFFLINE_SEED ?? Date.now() % 1_000_000);
/** Nobody files hundreds of cases; each of these people files so many. */
const EACH = 25;

test('the network cut at random moments loses no application and sends none twice', async ({
	browser,
	baseURL,
}) => {
	test.setTimeout(120_000 + CASES * 60_000);
	const began = Date.now();
	const origin = new URL(baseURL ?? '').origin;
	const roll = dice(SEED);
	const line = await Line.open(origin);
	const told = { cuts: 0, dropped: 0 };
	const result = { cases: 0, lost: 0, twice: 0, same_number: 0, files: 0, files_missing: 0 };
	for (let done = 0; done < CASES; done += EACH) {
		const context = await browser.newContext({ baseURL: line.url });
		const page = await context.newPage();
		await resident(page);
		await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
		const sent = new Map<string, number>();
		for (let i = done; i < Math.min(CASES, done + EACH); i++) {
			// One in three has five photos.
			const photos = await fillFresh(page, i % 3 === 0 ? FIVE_PHOTOS : TWO_PHOTOS);
			const number = await sendThroughCuts(page, context, line, roll, told);
			sent.set(number, photos);
			if (CASES > EACH) console.log(`${i + 1}/${CASES} ${number} after ${told.cuts} cuts`);
		}
		const held = await casesOf(context, origin, origin);
		result.cases += sent.size;
		for (const [number, photos] of sent) {
			const mine = held.filter((one) => one.number === number);
			result.lost += mine.length === 0 ? 1 : 0;
			result.same_number += mine.length === 1 ? 1 : 0;
			result.files += mine[0]?.documents ?? 0;
			result.files_missing += Math.max(0, photos - (mine[0]?.documents ?? 0));
		}
		// Whatever the city has beyond what was sent here came twice.
		result.twice += held.length - held.filter((one) => sent.has(one.number)).length;
		result.twice += held.length - new Set(held.map((one) => one.number)).size;
		await context.close();
	}
	await line.close();
	const seconds = Math.round((Date.now() - began) / 1000);
	const folder = join(import.meta.dirname, '..', 'test-results');
	mkdirSync(folder, { recursive: true });
	const report = { ...result, cuts: told.cuts, answers_dropped: told.dropped, seed: SEED, seconds };
	writeFileSync(join(folder, 'offline.json'), `${JSON.stringify(report)}\n`);
	expect(result).toMatchObject({ cases: CASES, lost: 0, twice: 0, same_number: CASES, files_missing: 0 });
});

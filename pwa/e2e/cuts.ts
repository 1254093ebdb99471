// Applications sent over a line that breaks at random moments: how they are made, and what the city has of them.
import type { BrowserContext, Page } from '@playwright/test';
import { MyApplications } from '../src/lib/gql/generated/cases';
import { expect } from './base';
import type { Fate, Line } from './line';
import { answerQuestions, sendApplication } from './people';

/** Random numbers that can be had again: a failed run is repeated with its seed. */
export function dice(seed: number): (below: number) => number {
	let state = seed >>> 0;
	return (below) => {
		// mulberry32
		state = (state + 0x6d2b79f5) >>> 0;
		let t = state;
		t = Math.imul(t ^ (t >>> 15), t | 1);
		t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
		return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
	};
}

/** A photo that nobody has sent before: sharp, and larger than one part of 256 kB. */
export async function freshPhoto(page: Page): Promise<Buffer> {
	const letters = await page.evaluate(async () => {
		const canvas = document.createElement('canvas');
		canvas.width = 1600;
		canvas.height = 1200;
		const context = canvas.getContext('2d');
		if (!context) throw new Error('no canvas');
		context.fillStyle = '#eee';
		context.fillRect(0, 0, 1600, 1200);
		for (let i = 0; i < 5000; i++) {
			context.fillStyle = `hsl(${Math.random() * 360} 40% ${30 + Math.random() * 40}%)`;
			context.fillRect(Math.random() * 1600, Math.random() * 1200, 12, 9);
		}
		const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/jpeg', 0.8));
		const bytes = new Uint8Array((await blob?.arrayBuffer()) ?? new ArrayBuffer(0));
		return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
	});
	return Buffer.from(letters, 'latin1');
}

/** Services of offices that no other test looks into: with two photos, and with five. */
export const TWO_PHOTOS = 'PUS-ANGGOTA';
export const FIVE_PHOTOS = 'KEC-SKTM';

/** From the first question to the review; returns how many photos were taken. */
export async function fillFresh(page: Page, service: string = TWO_PHOTOS): Promise<number> {
	await page.goto(`/layanan/${service}/ajukan?draf=baru`);
	await answerQuestions(page);
	let photos = 0;
	for (;;) {
		await expect(page.getByText(/^Langkah [2-9]/)).toBeVisible();
		const send = page.getByRole('button', { name: 'Kirim permohonan' });
		const next = page.getByRole('button', { name: /^Lanjut/ });
		await expect(send.or(next)).toBeVisible();
		if (await send.isVisible()) return photos;
		const step = (await page.locator('main h1').textContent()) ?? '';
		if (step !== 'Berkas tambahan, bila ada') {
			const buffer = await freshPhoto(page);
			await page
				.locator('input[type=file]')
				.first()
				.setInputFiles({ name: 'foto.jpg', mimeType: 'image/jpeg', buffer });
			await expect(page.getByRole('img', { name: /halaman 1/ })).toBeVisible();
			photos += 1;
		}
		await next.click();
		await expect(page.locator('main h1')).not.toHaveText(step);
	}
}

const FATES: Fate[] = ['before', 'after', 'within', 'portal', 'busy'];
export type Told = { cuts: number; dropped: number };

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

/** Send what is on the screen while the line breaks up to three times; returns the number made on the phone. */
export async function sendThroughCuts(
	page: Page,
	context: BrowserContext,
	line: Line,
	roll: (below: number) => number,
	told: Told,
): Promise<string> {
	const without = roll(3) === 0;
	if (without) {
		line.cut();
		await context.setOffline(true);
	}
	// One of the next requests meets a fate of its own, the last commit among them.
	let countdown = roll(12);
	line.fate = ({ path, method }) => {
		if (method === 'GET' || !/^\/(graphql|documents)/.test(path)) return 'pass';
		countdown -= 1;
		if (countdown !== -1) return 'pass';
		const fate = FATES[roll(FATES.length)] ?? 'before';
		told.cuts += 1;
		if (fate === 'after' || fate === 'within') told.dropped += 1;
		return fate;
	};
	const number = await sendApplication(page);
	for (let left = 1 + roll(3); left > 0; left--) {
		await pause(roll(900));
		line.cut();
		await context.setOffline(true);
		told.cuts += 1;
		await pause(roll(500));
		line.mend();
		await context.setOffline(false);
		// The page may have been closed and opened again meanwhile.
		if (roll(4) === 0) await page.reload().catch(() => undefined);
	}
	line.fate = () => 'pass';
	await page
		.getByRole('button', { name: 'Kirim sekarang' })
		.click({ timeout: 1000 })
		.catch(() => undefined);
	await expect(page.getByRole('heading', { name: 'Permohonan terkirim' })).toBeVisible({ timeout: 90_000 });
	return number;
}

type Listed = { number: string; documents: number };
const DOCUMENTS = 'query D($n: String!) { application(number: $n) { number documents { id } } }';

/** The cases of whoever is logged in here, as the city has them, with how many files each holds. */
export async function casesOf(context: BrowserContext, url: string, origin: string): Promise<Listed[]> {
	const ask = async (data: object) => {
		const answer = await context.request.post(`${url}/graphql`, { headers: { origin }, data });
		return (await answer.json()).data;
	};
	const numbers: string[] = [];
	for (let after: string | null = null, more = true; more; ) {
		const extensions = { persistedQuery: { version: 1, sha256Hash: MyApplications.sha256 } };
		const variables: object = after ? { first: 50, after } : { first: 50 };
		const { myApplications } = await ask({ operationName: 'MyApplications', variables, extensions });
		numbers.push(...myApplications.edges.map((edge: { node: { number: string } }) => edge.node.number));
		({ hasNextPage: more, endCursor: after } = myApplications.pageInfo);
	}
	const listed: Listed[] = [];
	for (const n of numbers) {
		const { application } = await ask({ query: DOCUMENTS, variables: { n } });
		listed.push({ number: application.number, documents: application.documents.length });
	}
	return listed;
}

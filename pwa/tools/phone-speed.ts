// How the app feels on a poor network and a slow phone; prints one JSON object. `node tools/phone-speed.ts URL [rounds]`
import { join } from 'node:path';
import { type Browser, chromium, type Page } from '@playwright/test';

const [, , url = 'http://localhost:8000', rounds = '3'] = process.argv;
/** 400 kbit/s both ways and 400 ms: the edge of a village's 3G. */
const SLOW = { offline: false, latency: 400, downloadThroughput: 50_000, uploadThroughput: 50_000 };
const CPU = 6;
const PHOTO = join(import.meta.dirname, '..', 'e2e', 'photo.jpg');
const FORM = '/layanan/DUK-KTP-HILANG/ajukan';

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const seconds = (ms: number) => Math.round(ms / 10) / 100;

/** Milliseconds until the list of services can be touched. */
async function usable(page: Page, visit: () => Promise<unknown>): Promise<number> {
	const began = performance.now();
	await visit();
	await page.locator('main .list a').first().waitFor();
	return performance.now() - began;
}

async function visits(browser: Browser): Promise<{ first: number; again: number }> {
	const context = await browser.newContext({ viewport: { width: 360, height: 800 }, hasTouch: true });
	const page = await context.newPage();
	const devtools = await context.newCDPSession(page);
	await devtools.send('Network.enable');
	await devtools.send('Network.emulateNetworkConditions', SLOW);
	const first = await usable(page, () => page.goto(url, { waitUntil: 'commit' }));
	await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
	await page.goto('about:blank');
	await devtools.send('Network.emulateNetworkConditions', SLOW);
	const again = await usable(page, () => page.goto(url, { waitUntil: 'commit' }));
	await context.close();
	return { first, again };
}

/** Fill in a real form as a person does, and read what the browser itself measured of each interaction. */
async function interactions(browser: Browser): Promise<number[]> {
	const context = await browser.newContext({ viewport: { width: 360, height: 800 }, hasTouch: true });
	const page = await context.newPage();
	await page.addInitScript(() => {
		const longest = new Map<number, number>();
		Object.assign(window, { longest });
		new PerformanceObserver((list) => {
			for (const one of list.getEntries() as (PerformanceEntry & { interactionId?: number })[]) {
				if (!one.interactionId) continue;
				longest.set(one.interactionId, Math.max(longest.get(one.interactionId) ?? 0, one.duration));
			}
		}).observe({ type: 'event', durationThreshold: 16, buffered: true } as PerformanceObserverInit);
	});
	await page.goto(url + FORM);
	await page.locator('#f-name').waitFor();
	const devtools = await context.newCDPSession(page);
	await devtools.send('Emulation.setCPUThrottlingRate', { rate: CPU });
	const write = async (id: string, text: string) => {
		await page.locator(id).tap();
		await page.keyboard.type(text, { delay: 60 });
	};
	await write('#f-name', 'Budi Santoso');
	await write('#f-nik', '3573011708900001');
	await write('#f-address', 'Jalan Kawi 1');
	await page.locator('#f-kelurahan').selectOption({ index: 3 });
	await page.getByRole('radio').first().tap();
	await page.getByRole('button', { name: 'Lanjut' }).tap();
	for (const step of [2, 3]) {
		await page.getByText(`Langkah ${step} dari`).waitFor();
		await page.locator('input[type=file]').first().setInputFiles(PHOTO);
		await page.getByText('Terbaca', { exact: true }).waitFor();
		await page.getByRole('button', { name: 'Lanjut' }).tap();
	}
	await page.getByRole('button', { name: 'Kirim permohonan' }).tap();
	await write('#f-phone', '08123456');
	await page.waitForTimeout(1000);
	const durations = await page.evaluate(() => [
		...(window as unknown as { longest: Map<number, number> }).longest.values(),
	]);
	await context.close();
	return durations;
}

const browser = await chromium.launch({
	executablePath: process.env.LUGAS_CHROMIUM,
	args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
});
try {
	const firsts: number[] = [];
	const agains: number[] = [];
	const touched: number[] = [];
	for (let round = 0; round < Number(rounds); round += 1) {
		const { first, again } = await visits(browser);
		firsts.push(first);
		agains.push(again);
		touched.push(...(await interactions(browser)));
	}
	touched.sort((a, b) => a - b);
	console.log(
		JSON.stringify({
			first_visit_s: seconds(median(firsts)),
			repeat_visit_s: seconds(median(agains)),
			inp_p75_ms: touched[Math.floor(touched.length * 0.75)] ?? 0,
			inp_worst_ms: touched.at(-1) ?? 0,
			interactions: touched.length,
		}),
	);
} finally {
	await browser.close();
}

// What the first screens cost a phone, in numbers that no busy machine can change; times are for `make budget`.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from './base';
import { look } from './look';
import { SERVICE } from './people';

const root = join(import.meta.dirname, '..', '..');
const lighthouse = join(root, 'benchmarks', 'lighthouse');
// The shell, two scripts and a style; on a service's page its two files and their style; then what they ask for. The
// public money has a file more, and asks which years there are before it asks for one.
const REQUESTS = { '/': 10, [`/layanan/${SERVICE}`]: 10, '/anggaran': 12 };
const SCREENS = Object.keys(REQUESTS);

for (const [path, most] of Object.entries(REQUESTS)) {
	test(`a first visit to ${path} is few requests, few bytes, and nothing moves`, async ({
		page,
		context,
	}) => {
		let bytes = 0;
		const asked: string[] = [];
		const devtools = await context.newCDPSession(page);
		await devtools.send('Network.enable');
		devtools.on('Network.requestWillBeSent', ({ request }) => asked.push(new URL(request.url).pathname));
		devtools.on('Network.loadingFinished', ({ encodedDataLength }) => {
			bytes += encodedDataLength;
		});
		await page.addInitScript(() => {
			Object.assign(window, { moved: 0 });
			new PerformanceObserver((list) => {
				for (const one of list.getEntries() as (PerformanceEntry & { value: number })[])
					(window as unknown as { moved: number }).moved += one.value;
			}).observe({ type: 'layout-shift', buffered: true });
		});
		await page.goto(path);
		await expect(page.locator('main :is(.list > *, section li, a.card)').first()).toBeVisible();
		const until = asked.filter((one) => !one.startsWith('/icons') && one !== '/manifest.webmanifest');
		expect(until.length, until.join(' ')).toBeLessThanOrEqual(most);
		expect(bytes).toBeLessThanOrEqual(80_000);
		// No file of the form, of cases or of offices travels before somebody asks for it.
		expect(until.filter((one) => /\/(Apply|forms|cases|photos|Office|Case)-/.test(one))).toEqual([]);
		await page.waitForTimeout(1000);
		expect(await page.evaluate(() => (window as unknown as { moved: number }).moved)).toBeLessThanOrEqual(
			0.02,
		);
	});
}

// No other test has brought a budget before this file's.
test('a new city shows an invented year down to its lines, and says on each screen that it is one', async ({
	page,
}) => {
	test.setTimeout(180_000);
	const said = page.getByText('Angka contoh, dibuat-buat untuk mencoba Lugas. Bukan anggaran kota.');
	await page.goto('/anggaran');
	await look(page, 'sample');
	await page.getByRole('link', { name: /Anggaran per dinas contoh/ }).click();
	await expect(said).toBeVisible();
	await expect(page.getByText(/Dibayarkan sampai/)).toBeVisible();
	await look(page, 'sample-city');
	for (const name of [
		'Dinas Lingkungan Hidup',
		'Program Pengelolaan Persampahan',
		'Pengelolaan Sampah',
		'Pengangkutan Sampah',
	]) {
		await page.getByRole('link', { name }).last().click();
		await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
		await expect(said).toBeVisible();
	}
	await expect(page.getByText('Solar truk sampah (contoh)')).toBeVisible();
	await look(page, 'sample-lines');
	const year = /anggaran\/(\d+)/.exec(page.url())?.[1];
	await page.goto(`/anggaran/${year}/pendapatan`);
	await expect(said).toBeVisible();
	await look(page, 'sample-revenue');
});

test('a service page is asked for in one go: its files are named with the shell, its data before its script', async ({
	page,
	request,
}) => {
	const shell = await request.get(`/layanan/${SERVICE}`);
	const link = shell.headers().link ?? '';
	expect(link).toMatch(/<\/assets\/Service-[^>]+\.js>; rel=modulepreload/);
	for (const [, file] of link.matchAll(/<([^>]+)>/g))
		expect((await request.get(file ?? '')).status(), file).toBe(200);
	const answered = page.waitForResponse(
		(one) => one.url().endsWith('/graphql') && (one.request().postData() ?? '').includes('"Service"'),
	);
	await page.goto(`/layanan/${SERVICE}`);
	await answered;
	const services = await page.evaluate(
		() => performance.getEntriesByName(`${location.origin}/graphql`).length,
	);
	expect(services).toBeGreaterThan(0);
});

test('no list asks for more than 50', () => {
	const sources = readdirSync(join(root, 'pwa', 'src'), { recursive: true, encoding: 'utf8' })
		.filter((file) => /\.(ts|svelte)$/.test(file) && !file.includes('paraglide'))
		.map((file) => readFileSync(join(root, 'pwa', 'src', file), 'utf8'));
	const asked = sources.flatMap((text) =>
		[...text.matchAll(/\bfirst: (\d+)/g)].map((found) => Number(found[1])),
	);
	expect(asked.length).toBeGreaterThan(5);
	expect(Math.max(...asked)).toBeLessThanOrEqual(50);
});

test('Lighthouse finds nothing inaccessible, nothing that moves, and no slow screen even here', ({
	baseURL,
}) => {
	test.setTimeout(300_000);
	test.skip(!existsSync(join(lighthouse, 'node_modules')), 'make e2e brings Lighthouse');
	const said = execFileSync(
		process.execPath,
		[join(lighthouse, 'run.mjs'), '1', ...SCREENS.map((path) => new URL(path, baseURL).href)],
		{
			env: { ...process.env, CHROME_PATH: process.env.LUGAS_CHROMIUM ?? '/usr/bin/chromium' },
			encoding: 'utf8',
		},
	);
	const runs = said.split('\n').filter((line) => line.startsWith('{'));
	expect(runs).toHaveLength(SCREENS.length);
	for (const run of runs.map((line) => JSON.parse(line))) {
		expect(run.accessibility, run.address).toBe(1);
		expect(run.cls, run.address).toBeLessThanOrEqual(0.02);
		// On a machine that does ten things at once half the goal is a sign of life; `make budget` asks for 0.95.
		expect(run.performance, run.address).toBeGreaterThanOrEqual(0.45);
	}
});

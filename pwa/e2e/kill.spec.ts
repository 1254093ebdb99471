// The browser is killed, as a phone does it: whatever was on its way arrives once, when the app is opened again.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from '@playwright/test';
import { expect, test } from './base';
import { casesOf, fillFresh } from './cuts';
import { type Fate, Line } from './line';
import { resident, sendApplication } from './people';

const origin = process.env.LUGAS_E2E_URL ?? '';

/** A browser with a profile on disk, on a line of its own, that can be killed and started again. */
class Phone {
	readonly profile = mkdtempSync(join(tmpdir(), 'lugas-kill-'));
	context!: BrowserContext;
	page!: Page;

	constructor(readonly line: Line) {}

	async start(path = '/'): Promise<void> {
		const { launchOptions, viewport, locale, timezoneId } = test.info().project.use;
		this.context = await chromium.launchPersistentContext(this.profile, {
			...launchOptions,
			baseURL: this.line.url,
			viewport,
			locale,
			timezoneId,
		});
		this.page = await this.context.newPage();
		await this.page.goto(path);
	}

	/** SIGKILL to every process of this profile; nothing gets to say goodbye. */
	kill(): void {
		const lines = execFileSync('ps', ['-axo', 'pid=,command=']).toString().split('\n');
		for (const line of lines.filter((one) => one.includes(this.profile))) {
			try {
				process.kill(Number.parseInt(line, 10), 'SIGKILL');
			} catch {
				// gone with its parent
			}
		}
	}

	async again(path: string): Promise<void> {
		const closed = new Promise<void>((done) => this.context.once('close', () => done()));
		this.kill();
		await closed;
		await this.start(path);
	}

	async end(): Promise<void> {
		await this.context.close();
		await this.line.close();
		rmSync(this.profile, { recursive: true, force: true });
	}
}

async function readyPhone(): Promise<Phone> {
	const phone = new Phone(await Line.open(origin));
	await phone.start();
	await resident(phone.page, 'Wahyu Hidayat');
	// Chromium writes cookies down every half minute: the log-in is older than the kill, as it is in a pocket.
	await phone.context.close();
	await phone.start();
	await phone.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
	return phone;
}

const sentOf = (line: Line) => line.reached.filter((one) => one.operation === 'SubmitApplication').length;

/** One application whose requests meet `fate`; the browser is killed once `caught` says so. */
async function killedAt(
	fate: Fate,
	when: (line: Line, asked: { path: string; operation: string }) => boolean,
): Promise<Phone> {
	const phone = await readyPhone();
	const { line, page } = phone;
	const photos = await fillFresh(page);
	const caught = new Promise<void>((done) => {
		line.fate = (asked) => {
			if (!when(line, asked)) return 'pass';
			setTimeout(done, 300);
			return fate;
		};
	});
	const number = await sendApplication(page);
	await caught;
	line.fate = () => 'pass';
	await phone.again(`/permohonan/${number}/terima`);
	await expect(phone.page.getByRole('heading', { name: 'Permohonan terkirim' })).toBeVisible({
		timeout: 60_000,
	});
	expect(await casesOf(phone.context, origin, origin)).toEqual([{ number, documents: photos }]);
	return phone;
}

test('killed with the queue full and no signal: each of three applications arrives once', async () => {
	test.setTimeout(240_000);
	const phone = await readyPhone();
	const numbers: string[] = [];
	for (let i = 0; i < 3; i++) {
		const photos = await fillFresh(phone.page);
		expect(photos).toBe(2);
		phone.line.cut();
		await phone.context.setOffline(true);
		numbers.push(await sendApplication(phone.page));
		await expect(phone.page.getByRole('heading', { name: 'Permohonan tersimpan' })).toBeVisible();
		if (i < 2) {
			// A line that is up carries nothing: the queue stays full.
			phone.line.fate = ({ operation, method }) =>
				method === 'PUT' || /Submit|Upload/.test(operation) ? 'before' : 'pass';
			phone.line.mend();
			await phone.context.setOffline(false);
		}
	}
	phone.line.fate = () => 'pass';
	phone.line.mend();
	await phone.again('/kiriman');
	await expect(phone.page.getByRole('heading', { name: 'Semua sudah sampai' })).toBeVisible({
		timeout: 90_000,
	});
	const held = await casesOf(phone.context, origin, origin);
	expect(held.map((one) => one.number).sort()).toEqual(numbers.sort());
	expect(held.every((one) => one.documents === 2)).toBe(true);
	await phone.end();
});

test('killed during the parts of a file: one case, and no part travels twice', async () => {
	test.setTimeout(180_000);
	const phone = await killedAt(
		'hang',
		(line, { path }) => /\/parts\//.test(path) && line.reached.some((one) => one.method === 'PUT'),
	);
	const parts = phone.line.reached.filter((one) => one.method === 'PUT').map((one) => one.path);
	expect(parts.length).toBeGreaterThanOrEqual(3);
	expect(new Set(parts).size).toBe(parts.length);
	await phone.end();
});

test('killed during the final commit: one case', async () => {
	test.setTimeout(180_000);
	const phone = await killedAt('hang', (_line, { operation }) => operation === 'SubmitApplication');
	expect(sentOf(phone.line)).toBe(1);
	await phone.end();
});

test('killed after the commit, its answer never seen: one case, under the same number', async () => {
	test.setTimeout(180_000);
	const phone = await killedAt('mute', (_line, { operation }) => operation === 'SubmitApplication');
	expect(sentOf(phone.line)).toBe(2);
	await phone.end();
});

test('two tabs and the worker at once send it once', async () => {
	test.setTimeout(180_000);
	const phone = await readyPhone();
	const { context, page, line } = phone;
	const other = await context.newPage();
	await other.goto('/kiriman');
	const devtools = await context.newCDPSession(other);
	const registered = new Promise<string>((done) => {
		devtools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
			const [first] = registrations;
			if (first) done(first.registrationId);
		});
	});
	await devtools.send('ServiceWorker.enable');
	const registrationId = await registered;
	const photos = await fillFresh(page);
	line.cut();
	await context.setOffline(true);
	const number = await sendApplication(page);
	await expect(other.getByRole('heading', { name: '1 menunggu dikirim' })).toBeVisible();
	line.mend();
	await context.setOffline(false);
	await Promise.all([
		devtools.send('ServiceWorker.dispatchSyncEvent', {
			origin: line.url,
			registrationId,
			tag: 'lugas-outbox',
			lastChance: false,
		}),
		page
			.getByRole('button', { name: 'Kirim sekarang' })
			.click({ timeout: 2000 })
			.catch(() => undefined),
		other
			.getByRole('button', { name: 'Kirim sekarang' })
			.click({ timeout: 2000 })
			.catch(() => undefined),
	]);
	await expect(other.getByRole('heading', { name: 'Semua sudah sampai' })).toBeVisible({ timeout: 40_000 });
	await expect(page.getByRole('heading', { name: 'Permohonan terkirim' })).toBeVisible();
	expect(sentOf(line)).toBe(1);
	const parts = line.reached.filter((one) => one.method === 'PUT').map((one) => one.path);
	expect(new Set(parts).size).toBe(parts.length);
	expect(await casesOf(context, origin, origin)).toEqual([{ number, documents: photos }]);
	await phone.end();
});

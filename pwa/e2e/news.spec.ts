// News reaches the person: push when it was asked for, the app itself when it was not, and never over a form.
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from '@playwright/test';
import { expect, test } from './base';
import {
	answerQuestions,
	fillApplication,
	HEAD,
	OFFICER,
	resident,
	SERVICE,
	sendApplication,
	staff,
} from './people';

type Told = { asked: number; persisted: number; badges: (number | undefined | 'none')[] };
type Watched = { told: Told };

/** Counts what the app asks of the browser. */
async function watch(page: Page): Promise<() => Promise<Told>> {
	await page.addInitScript(() => {
		const told: Told = { asked: 0, persisted: 0, badges: [] };
		(window as unknown as Watched).told = told;
		const ask = Notification.requestPermission.bind(Notification);
		Notification.requestPermission = (...given) => {
			told.asked += 1;
			return ask(...given);
		};
		const persist = navigator.storage.persist.bind(navigator.storage);
		navigator.storage.persist = () => {
			told.persisted += 1;
			return persist();
		};
		Object.assign(navigator, {
			setAppBadge: async (count?: number) => void told.badges.push(count),
			clearAppBadge: async () => void told.badges.push('none'),
		});
	});
	return () => page.evaluate(() => (window as unknown as Watched).told);
}

test('push is offered with its reason after the first submission, and never asked for before', async ({
	page,
}) => {
	test.setTimeout(180_000);
	const told = await watch(page);
	await resident(page, 'Sekar Arum');
	expect((await told()).persisted).toBe(0);
	await fillApplication(page);
	// What is filled in is worth keeping: the browser was asked to, once.
	expect(await told()).toMatchObject({ asked: 0, persisted: 1 });
	await sendApplication(page);
	const offer = page.getByRole('region', { name: 'Kabari saya lewat HP ini' });
	await expect(offer).toContainText('sehingga tanggal selesai tidak mundur', { timeout: 40_000 });
	expect((await told()).asked).toBe(0);
	await offer.getByRole('button', { name: 'Tidak sekarang' }).click();
	await expect(offer).toBeHidden();
	await expect(page.getByText('Kabar permohonan ini ada di lonceng di beranda.')).toBeVisible();
	expect((await told()).asked).toBe(0);
	await page.reload();
	await expect(page.getByRole('link', { name: 'Lihat permohonan' })).toBeVisible();
	await expect(offer).toBeHidden();
});

test('without push the app itself tells: a line, the bell, and a number on the icon', async ({
	page,
	browser,
}) => {
	test.setTimeout(240_000);
	const told = await watch(page);
	await resident(page, 'Wulan Sari');
	await fillApplication(page);
	const number = await sendApplication(page);
	await expect(page.getByRole('heading', { name: 'Permohonan terkirim' })).toBeVisible({ timeout: 40_000 });
	const office = await (await staff(browser, OFFICER)).newPage();
	await office.goto(`/berkas/${number}`);
	await office.getByRole('button', { name: 'Ambil berkas ini' }).click();
	await expect(office.getByText('Berkas ini sekarang Anda tangani.')).toBeVisible();

	const line = page.getByRole('status').getByRole('link', { name: /^\d+ kabar baru untuk Anda$/ });
	await expect(async () => {
		await page.goto('/');
		await expect(line).toBeVisible({ timeout: 6000 });
	}).toPass({ timeout: 60_000 });
	const count = Number((await line.textContent())?.split(' ')[0]);
	expect((await told()).badges.at(-1)).toBe(count);
	await expect(page.getByRole('link', { name: `Kabar, ${count} belum dibaca` })).toBeVisible();
	await line.click();
	await expect(page.getByRole('heading', { name: 'Kabar', level: 1 })).toBeVisible();
	// A notice opens its case.
	await page.locator('main .list a').first().click();
	await expect(page).toHaveURL(new RegExp(`/permohonan/${number}$`));
	await expect.poll(async () => (await told()).badges.at(-1)).toBe('none');
});

test("a head's notice opens the letter itself", async ({ page, browser }) => {
	test.setTimeout(240_000);
	await resident(page, 'Ratna Dewi');
	await fillApplication(page);
	const number = await sendApplication(page);
	await expect(page.getByRole('heading', { name: 'Permohonan terkirim' })).toBeVisible({ timeout: 40_000 });
	const office = await (await staff(browser, OFFICER)).newPage();
	await office.goto(`/berkas/${number}`);
	await office.getByRole('button', { name: 'Ambil berkas ini' }).click();
	await office.getByRole('button', { name: 'Setujui, kirim ke penanda tangan' }).click();
	await expect(office.getByText('Disetujui. Surat menunggu tanda tangan.')).toBeVisible();

	const head = await (await staff(browser, HEAD)).newPage();
	const notice = head.locator(`main a[href="/tanda-tangan?surat=${number}"]`);
	await expect(async () => {
		await head.goto('/kabar');
		await expect(notice.first()).toBeVisible({ timeout: 4000 });
	}).toPass({ timeout: 60_000 });
	await notice.first().click();
	await expect(head.getByRole('dialog')).toContainText('Ratna Dewi');
	await expect(head.getByRole('dialog').getByRole('link', { name: 'Buka PDF' })).toBeVisible();
	await head.getByRole('button', { name: 'Sudah saya baca' }).click();
	await head.goto('/tanda-tangan?surat=0000000000');
	await expect(head.getByText('Surat itu sudah tidak menunggu')).toBeVisible();
});

test('a subscription that the browser renews reaches the server with the app closed', async ({
	page,
	context,
}) => {
	test.setTimeout(120_000);
	await resident(page, 'Lintang Ayu');
	await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
	await expect.poll(() => context.serviceWorkers().length).toBe(1);
	const [worker] = context.serviceWorkers();
	await page.goto('about:blank');
	// There is no push service here: the browser's part alone is played, ours and the server's are real.
	await worker?.evaluate(async () => {
		const keys = { p256dh: new Uint8Array(65).fill(4).buffer, auth: new Uint8Array(16).fill(7).buffer };
		const newSubscription = {
			endpoint: `https://fcm.googleapis.com/fcm/send/${crypto.randomUUID()}`,
			getKey: (name: 'p256dh' | 'auth') => keys[name],
		};
		const event = new Event('pushsubscriptionchange');
		await new Promise<void>((done, failed) => {
			Object.assign(event, {
				newSubscription,
				waitUntil: (work: Promise<void>) => work.then(done, failed),
			});
			self.dispatchEvent(event);
		});
	});
	await page.goto('/');
	const devices = await page.evaluate(async () => {
		const answer = await fetch('/graphql', {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ query: '{ me { pushDevices } }' }),
		});
		return (await answer.json()).data.me.pushDevices;
	});
	expect(devices).toBe(1);
});

/** The city behind a door of its own, which can give out another version of the service worker. */
function door(to: string): Promise<{ server: Server; url: string; renew: () => void }> {
	const target = new URL(to);
	let version = '';
	const server = createServer((incoming, answer) => {
		const { host: _, origin: __, 'accept-encoding': ___, ...headers } = incoming.headers;
		const onward = request(
			{ host: target.hostname, port: target.port, path: incoming.url, method: incoming.method, headers },
			(came) => {
				const worker = incoming.url === '/service-worker.js';
				const { 'content-length': length, ...rest } = came.headers;
				answer.writeHead(came.statusCode ?? 502, worker || !length ? rest : came.headers);
				came.on('data', (part) => answer.write(part));
				came.on('end', () => answer.end(worker ? version : undefined));
			},
		);
		onward.on('error', () => answer.destroy());
		incoming.pipe(onward);
	});
	return new Promise((done) => {
		server.listen(0, '127.0.0.1', () => {
			const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
			done({ server, url, renew: () => (version = `\n// version ${Date.now()}`) });
		});
	});
}

test('a new version waits for a word, and never reloads a half-filled form', async ({ context, baseURL }) => {
	test.setTimeout(120_000);
	const { server, url, renew } = await door(baseURL ?? '');
	const form = await context.newPage();
	await form.goto(`${url}/layanan/${SERVICE}/ajukan`);
	await form.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
	await form.reload();
	await expect(form.getByRole('heading', { name: 'Isi yang perlu saja' })).toBeVisible();
	await form.evaluate(() => Object.assign(window, { same: true }));
	await form.getByLabel('Nama lengkap Anda').fill('Bagus Prakoso');

	renew();
	const other = await context.newPage();
	await other.goto(`${url}/`);
	await expect(other.getByText('Versi baru siap.')).toBeVisible({ timeout: 30_000 });
	// The form is told nothing while it is filled in.
	await expect(form.getByText('Versi baru siap.')).toBeHidden();
	await other.getByRole('button', { name: 'Pakai sekarang' }).click();
	await other.waitForLoadState();
	await expect(other.getByText('Versi baru siap.')).toBeHidden();

	expect(await form.evaluate(() => (window as unknown as { same?: boolean }).same)).toBe(true);
	await expect(form.getByLabel('Nama lengkap Anda')).toHaveValue('Bagus Prakoso');
	await answerQuestions(form, 'Bagus Prakoso');
	await expect(form.getByText('Langkah 2 dari')).toBeVisible();
	expect(await form.evaluate(() => (window as unknown as { same?: boolean }).same)).toBe(true);
	server.close();
	server.closeAllConnections();
});

test('an iPhone is told before it forgets', async ({ browser }) => {
	const context = await browser.newContext({
		userAgent:
			'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1',
	});
	const page = await context.newPage();
	await page.goto('/akun');
	const note = page.getByRole('region', { name: 'Pasang dulu di iPhone ini' });
	await expect(note).toContainText('7 hari');
	await expect(note.getByRole('listitem')).toHaveCount(3);
	await context.close();
});

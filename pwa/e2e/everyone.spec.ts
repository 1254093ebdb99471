// One whole application without a pointer, and one by what a screen reader says.
import { join } from 'node:path';
import type { Locator, Page } from '@playwright/test';
import { expect, test } from './base';
import { codeFor, newNik, newPhone } from './people';

const PHOTO = join(import.meta.dirname, 'photo.jpg');

/** Press Tab until the target has the focus; it must be seen to have it. */
async function tabTo(page: Page, target: Locator, most = 60): Promise<void> {
	await expect(target).toHaveCount(1);
	for (let presses = 0; presses < most; presses += 1) {
		const state = await target.evaluate((one) => {
			if (one !== document.activeElement) return 'elsewhere';
			const ring = (element: Element | null) =>
				element !== null && getComputedStyle(element).outlineStyle !== 'none';
			return ring(one) || ring(one.closest('label, .search')) ? 'seen' : 'unseen';
		});
		if (state === 'seen') return;
		expect(state, 'the focus must be seen').toBe('elsewhere');
		await page.keyboard.press('Tab');
	}
	throw new Error(`${target} is not reached by Tab`);
}
async function press(page: Page, target: Locator): Promise<void> {
	await tabTo(page, target);
	await page.keyboard.press('Enter');
}
async function write(page: Page, target: Locator, text: string): Promise<void> {
	await tabTo(page, target);
	await page.keyboard.type(text);
}

test('a whole application by keyboard alone, from the search to the receipt', async ({ page }) => {
	test.setTimeout(180_000);
	const phone = newPhone();
	await page.goto('/');
	await expect(page.getByRole('link', { name: /KTP-el/ }).first()).toBeVisible();
	await write(page, page.getByRole('searchbox', { name: 'Cari layanan' }), 'ktp hilang');
	await expect(page.getByText(/layanan cocok/)).toBeVisible();
	await press(page, page.getByRole('link', { name: /^KTP-el hilang atau rusak/ }));
	await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
	await press(page, page.getByRole('link', { name: /^Mulai, / }));
	await expect(page.getByRole('heading', { name: 'Isi yang perlu saja' })).toBeFocused();

	await write(page, page.getByLabel('Nama lengkap Anda'), 'Tri Wahyuni');
	await write(page, page.getByLabel('NIK Anda'), newNik());
	await write(page, page.getByLabel('Alamat tempat tinggal'), 'Jalan Kawi 1, RT 003/RW 005');
	await write(page, page.getByLabel('Kelurahan tempat tinggal'), 'Klojen');
	await tabTo(page, page.getByRole('radio', { name: 'KTP-el hilang' }));
	await page.keyboard.press('Space');
	await press(page, page.getByRole('button', { name: 'Lanjut' }));

	for (const step of [2, 3]) {
		await expect(page.getByText(`Langkah ${step} dari 4`)).toBeVisible();
		await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
		await tabTo(page, page.getByLabel('Ambil foto'));
		const choosing = page.waitForEvent('filechooser');
		await page.keyboard.press('Enter');
		await (await choosing).setFiles(PHOTO);
		await expect(page.getByText('Terbaca', { exact: true })).toBeVisible();
		await press(page, page.getByRole('button', { name: 'Lanjut' }));
	}
	await expect(page.getByRole('heading', { name: 'Sudah benar semua?' })).toBeFocused();
	await press(page, page.getByRole('button', { name: 'Kirim permohonan' }));

	await expect(page.getByRole('heading', { name: 'Masuk untuk mengirim' })).toBeFocused();
	await write(page, page.getByLabel('Nomor HP'), phone);
	await page.keyboard.press('Enter');
	await expect(page.getByLabel('Kode 6 angka')).toBeFocused();
	await page.keyboard.type(await codeFor(page.request, phone));
	await page.keyboard.press('Enter');
	await expect(page.getByRole('heading', { name: 'Lengkapi profil sekali saja' })).toBeFocused();
	await press(page, page.getByRole('button', { name: 'Simpan dan kirim permohonan' }));
	await expect(page.getByRole('heading', { name: 'Permohonan terkirim' })).toBeVisible({ timeout: 40_000 });
	await press(page, page.getByRole('link', { name: 'Lihat permohonan' }));
	await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
	await expect(page.getByRole('heading', { level: 1 })).toContainText('Selesai paling lambat');
	// A sheet takes the focus, gives it back, and Escape closes it.
	const report = page.getByRole('button', { name: 'Laporkan permintaan uang' });
	await press(page, report);
	await expect(page.getByRole('dialog', { name: 'Diminta uang?' })).toBeVisible();
	await page.keyboard.press('Escape');
	await expect(report).toBeFocused();
});

/** What a screen reader is told without asking: changes in living regions, and alerts that appear. */
async function listen(page: Page): Promise<() => Promise<string[]>> {
	await page.addInitScript(() => {
		const said: string[] = [];
		Object.assign(window, { said });
		const living = new WeakSet<Element>();
		const say = (region: Element) => {
			const text = (region.textContent ?? '').replace(/\s+/g, ' ').trim();
			if (text && said.at(-1) !== text) said.push(text);
		};
		new MutationObserver((changes) => {
			for (const { target, addedNodes } of changes) {
				const region = (target instanceof Element ? target : target.parentElement)?.closest(
					'[role=status], [role=alert]',
				);
				if (region && living.has(region)) say(region);
				for (const node of addedNodes) {
					if (!(node instanceof Element)) continue;
					const alerts = [...node.querySelectorAll('[role=alert]')];
					for (const alert of node.matches('[role=alert]') ? [node, ...alerts] : alerts) say(alert);
				}
			}
			// A region that comes with its words is not read: only what changes in it later is.
			for (const region of document.querySelectorAll('[role=status], [role=alert]')) living.add(region);
		}).observe(document, { subtree: true, childList: true, characterData: true });
	});
	return () => page.evaluate(() => (window as unknown as { said: string[] }).said);
}

/** The names stand in the accessibility tree in this order. */
async function inOrder(page: Page, names: string[]): Promise<void> {
	const tree = await page.locator('body').ariaSnapshot();
	let at = 0;
	for (const name of names) {
		const found = tree.indexOf(name, at);
		expect(found, `${name} in\n${tree}`).toBeGreaterThanOrEqual(at);
		at = found + name.length;
	}
}

test('a whole application by the names that a screen reader says', async ({ page }) => {
	test.setTimeout(180_000);
	const said = await listen(page);
	const phone = newPhone();
	const role = (kind: Parameters<Page['getByRole']>[0], name: string | RegExp) =>
		page.getByRole(kind, typeof name === 'string' ? { name, exact: true } : { name });

	await page.goto('/');
	await expect(page).toHaveTitle(/Lugas/);
	await expect(page.locator('html')).toHaveAttribute('lang', 'id');
	await expect(role('link', /^KTP-el hilang/)).toBeVisible();
	await inOrder(page, [
		'link "Langsung ke isi"',
		'main',
		'heading "Mau urus apa hari ini?" [level=1]',
		'searchbox "Cari layanan"',
		'heading "Paling sering diurus" [level=2]',
		'list',
		'link "Semua layanan"',
		'navigation "Menu utama"',
		'link "Beranda"',
		'link "Akun"',
	]);
	await expect(role('link', 'Beranda')).toHaveAttribute('aria-current', 'page');
	await role('searchbox', 'Cari layanan').fill('ktp hilang');
	await expect.poll(said).toContainEqual(expect.stringMatching(/layanan cocok/));
	await role('link', /^KTP-el hilang atau rusak/).click();
	await expect(role('heading', 'KTP-el hilang atau rusak')).toBeFocused();
	await inOrder(page, [
		'button "Kembali"',
		'heading "KTP-el hilang atau rusak" [level=1]',
		'term: Janji',
		'term: Biaya',
		'button "Laporkan dari sini."',
		'heading "Siapkan 2 berkas',
		'listitem',
		'link "Mulai, 3 menit"',
	]);
	await role('link', 'Mulai, 3 menit').click();

	// Faults are announced, stand first, lead to their field, and are part of what the field says.
	await role('button', 'Lanjut').click();
	await expect(page.getByRole('alert')).toBeFocused();
	await expect.poll(said).toContainEqual(expect.stringMatching(/^5 hal perlu dibetulkan/));
	await inOrder(page, [
		'heading "Isi yang perlu saja" [level=1]',
		'alert',
		'heading "5 hal perlu dibetulkan" [level=2]',
		'link "Nama lengkap Anda: harus diisi."',
		'group "Bantuan"',
		'button "Indonesia" [pressed]',
		'textbox "Nama lengkap Anda"',
		'textbox "NIK Anda"',
		'textbox "Alamat tempat tinggal"',
		'combobox "Kelurahan tempat tinggal"',
		'group "Apa yang terjadi?"',
		'radio "KTP-el hilang"',
		'button "Lanjut"',
	]);
	await role('link', 'NIK Anda: harus diisi.').click();
	await expect(role('textbox', 'NIK Anda')).toBeFocused();
	await expect(role('textbox', 'NIK Anda')).toHaveAttribute('aria-invalid', 'true');
	await expect(role('textbox', 'NIK Anda')).toHaveAccessibleDescription(
		'16 angka di KTP-el atau KK. NIK Anda: harus diisi.',
	);
	await expect(role('group', 'Apa yang terjadi?')).toHaveAccessibleDescription(
		'Apa yang terjadi?: pilih satu.',
	);
	await role('textbox', 'Nama lengkap Anda').fill('Yusuf Hidayat');
	await role('textbox', 'NIK Anda').fill(newNik());
	await role('textbox', 'Alamat tempat tinggal').fill('Jalan Kawi 1, RT 003/RW 005');
	await role('combobox', 'Kelurahan tempat tinggal').selectOption({ label: 'Klojen' });
	await role('radio', 'KTP-el hilang').check();
	await role('button', 'Lanjut').click();

	for (const title of ['Surat kehilangan dari kepolisian, atau KTP-el yang rusak', 'Kartu Keluarga (KK)']) {
		await expect(role('heading', title)).toBeFocused();
		await role('button', 'Lanjut').click();
		await expect.poll(said).toContainEqual(expect.stringContaining(`${title}: tambahkan foto atau PDF.`));
		await page.getByLabel('Ambil foto', { exact: true }).setInputFiles(PHOTO);
		await expect.poll(async () => (await said()).at(-1)).toBe('1 halaman ditambahkan.');
		await expect(role('img', `${title}, halaman 1`)).toBeVisible();
		await expect(role('button', 'Hapus halaman 1')).toBeVisible();
		await role('button', 'Lanjut').click();
	}
	await expect(role('heading', 'Sudah benar semua?')).toBeFocused();
	await inOrder(page, [
		'heading "Sudah benar semua?" [level=1]',
		'heading "Isian Anda" [level=2]',
		'link "Ubah Isian Anda"',
		'Yusuf Hidayat',
		'heading "Berkas Anda" [level=2]',
		'link "Ubah Kartu Keluarga (KK)"',
		'button "Kirim permohonan"',
	]);
	await role('button', 'Kirim permohonan').click();
	await expect(role('heading', 'Masuk untuk mengirim')).toBeFocused();
	await role('textbox', 'Nomor HP').fill('0812');
	await role('button', 'Kirim kode').click();
	await expect.poll(said).toContainEqual(expect.stringContaining('Tulis nomor HP seperti 0812 3456 7890.'));
	await role('textbox', 'Nomor HP').fill(phone);
	await role('button', 'Kirim kode').click();
	await expect(role('textbox', 'Kode 6 angka')).toBeFocused();
	await role('textbox', 'Kode 6 angka').fill(await codeFor(page.request, phone));
	await role('button', 'Masuk').click();
	await expect(role('heading', 'Lengkapi profil sekali saja')).toBeFocused();
	await role('button', 'Simpan dan kirim permohonan').click();
	await expect(role('heading', 'Permohonan terkirim')).toBeVisible({ timeout: 40_000 });
	await role('link', 'Lihat permohonan').click();
	await expect(role('heading', /^Selesai paling lambat/)).toBeFocused();
	await expect(role('img', /^Hari kerja: /)).toBeVisible();
	await inOrder(page, [
		'heading "Selesai paling lambat',
		'img "Hari kerja:',
		'heading "Riwayat" [level=2]',
		'button "Laporkan permintaan uang"',
	]);
});

test('saving data: no pictures, no live line, nothing fetched ahead; and the choice stays', async ({
	page,
}) => {
	test.setTimeout(120_000);
	const sockets: string[] = [];
	const asked: string[] = [];
	page.on('websocket', (socket) => sockets.push(socket.url()));
	page.on('request', (request) =>
		asked.push((request.postDataJSON() as { operationName?: string } | null)?.operationName ?? ''),
	);
	await page.goto('/akun');
	await page
		.getByRole('group', { name: 'Hemat data' })
		.getByRole('button', { name: 'Hemat', exact: true })
		.click();
	await expect(page.getByText('Tanpa gambar dan tanpa kabar langsung.')).toBeVisible();
	await page.goto('/layanan/DUK-KTP-HILANG/ajukan');
	await page.getByLabel('Nama lengkap Anda').fill('Hemat Sekali');
	await page.getByLabel('NIK Anda').fill(newNik());
	await page.getByLabel('Alamat tempat tinggal').fill('Jalan Kawi 1');
	await page.getByLabel('Kelurahan tempat tinggal').selectOption({ label: 'Klojen' });
	await page.getByRole('radio').first().check();
	await page.getByRole('button', { name: 'Lanjut' }).click();
	await page.getByLabel('Ambil foto').setInputFiles(PHOTO);
	await expect(page.getByText('Terbaca', { exact: true })).toBeVisible();
	await expect(page.locator('main img')).toHaveCount(0);
	await expect(page.getByRole('img', { name: /halaman 1/ })).toBeVisible();
	// Long after the quiet moment in which the catalogue would have come.
	await page.waitForTimeout(9000);
	expect(asked).not.toContain('Catalogue');
	expect(sockets).toEqual([]);
	await page.goto('/akun');
	await expect(page.getByRole('button', { name: 'Hemat', exact: true })).toHaveAttribute(
		'aria-pressed',
		'true',
	);
});

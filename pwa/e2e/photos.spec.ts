// What happens to a file between the person's hand and the city: named at once when it will not do, else made small.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, test } from './base';
import { answerQuestions, SERVICE } from './people';

type Made = { made: Map<string, Blob> };
type Given = { name: string; mimeType: string; buffer: Buffer };
const bytes = (text: string) => Buffer.from(text, 'latin1');
const ftyp = (brand: string, size = 64) =>
	Buffer.concat([Buffer.from([0, 0, 0, 24]), bytes(`ftyp${brand}`), Buffer.alloc(size)]);
const pdf = (trailer: string) =>
	bytes(`%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<< ${trailer} >>\nstartxref\n9\n%%EOF\n`);

async function toPhotos(page: Page): Promise<void> {
	await page.goto(`/layanan/${SERVICE}/ajukan`);
	await answerQuestions(page);
	await expect(page.getByText('Langkah 2 dari')).toBeVisible();
}
const choose = (page: Page, ...files: Given[]) =>
	page.locator('input[type=file][multiple]').setInputFiles(files);

/** A big file is chosen where it lies: sent through the debugger, its 30 MB would cost the test more than the app. */
async function chooseOnDisk(page: Page, { name, buffer }: Given): Promise<void> {
	const path = join(mkdtempSync(join(tmpdir(), 'lugas-photos-')), name);
	writeFileSync(path, buffer);
	await page.locator('input[type=file][multiple]').setInputFiles(path);
}

const BAD: [string, Given, string][] = [
	[
		'a HEIC photo that this phone cannot open',
		{ name: 'IMG_1.HEIC', mimeType: 'image/heic', buffer: ftyp('heic') },
		'IMG_1.HEIC adalah foto HEIC dari iPhone',
	],
	[
		'an empty file',
		{ name: 'kosong.jpg', mimeType: 'image/jpeg', buffer: Buffer.alloc(0) },
		'kosong.jpg kosong.',
	],
	[
		'a video of 30 MB',
		{ name: 'rumah.mp4', mimeType: 'video/mp4', buffer: ftyp('isom', 30_000_000) },
		'rumah.mp4 adalah video.',
	],
	[
		'a text that calls itself a photo',
		{ name: 'kk.jpg', mimeType: 'image/jpeg', buffer: bytes('Ini bukan foto.') },
		'kk.jpg bukan foto atau PDF.',
	],
	[
		'half a photo',
		{
			name: 'putus.jpg',
			mimeType: 'image/jpeg',
			buffer: Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16, 1, 2, 3]),
		},
		'putus.jpg rusak',
	],
	[
		'a PDF with a password',
		{ name: 'kunci.pdf', mimeType: 'application/pdf', buffer: pdf('/Size 4 /Encrypt 3 0 R') },
		'kunci.pdf terkunci kata sandi.',
	],
	[
		'half a PDF',
		{ name: 'separuh.pdf', mimeType: 'application/pdf', buffer: bytes('%PDF-1.7\n1 0 obj') },
		'separuh.pdf rusak',
	],
	[
		'a PDF of 11 MB',
		{
			name: 'besar.pdf',
			mimeType: 'application/pdf',
			buffer: Buffer.concat([pdf('/Size 4'), Buffer.alloc(11_000_000)]),
		},
		'besar.pdf terlalu besar.',
	],
];

test('a file that will not do is named at once, in plain words, and the form goes on', async ({ page }) => {
	test.setTimeout(180_000);
	await toPhotos(page);
	for (const [what, file, said] of BAD) {
		await (file.buffer.length > 1_000_000 ? chooseOnDisk : choose)(page, file);
		await expect(page.getByRole('alert'), what).toContainText(said);
		await expect(page.getByRole('listitem'), what).toHaveCount(0);
	}
	// Of several files each bad one is named, and the good one is kept.
	const photo = {
		name: 'surat.jpg',
		mimeType: 'image/jpeg',
		buffer: readFileSync(join(import.meta.dirname, 'photo.jpg')),
	};
	const [, empty] = BAD[1] ?? [];
	const [, locked] = BAD[5] ?? [];
	if (!empty || !locked) throw new Error('no files');
	await choose(page, empty, photo, locked);
	await expect(page.getByRole('alert')).toContainText('kosong.jpg kosong.');
	await expect(page.getByRole('alert')).toContainText('kunci.pdf terkunci');
	await expect(page.getByText('Terbaca', { exact: true })).toHaveCount(1);
	await choose(page, photo);
	await expect(page.getByRole('alert')).toContainText('surat.jpg sudah ada di sini.');
	await choose(page, { name: 'ijazah.pdf', mimeType: 'application/pdf', buffer: pdf('/Size 4') });
	await expect(page.getByText('PDF', { exact: true })).toBeVisible();
	await expect(page.getByRole('alert')).toBeHidden();
});

/** A phone's photo of an A4 sheet at 150 dpi (1240 x 1754 px of print, taken at twice that), with where it was taken. */
async function photographed(page: Page): Promise<Buffer> {
	const encoded = await page.evaluate(async () => {
		const canvas = document.createElement('canvas');
		canvas.width = 2480;
		canvas.height = 3508;
		const context = canvas.getContext('2d');
		if (!context) throw new Error('no canvas');
		context.fillStyle = '#f4f1ea';
		context.fillRect(0, 0, canvas.width, canvas.height);
		context.fillStyle = '#222';
		for (let line = 0; line < 60; line += 1) {
			// 9 point, the small print of a family card.
			context.font = '37px serif';
			context.fillText(
				`${line + 1}. NIK 3573011708900${100 + line} Budi Santoso, Jalan Kawi 1, RT 003/RW 005`,
				160,
				200 + line * 54,
			);
		}
		return canvas.toDataURL('image/jpeg', 0.95);
	});
	const jpeg = Buffer.from(encoded.slice(encoded.indexOf(',') + 1), 'base64');
	const place = bytes('Exif\0\0GPSLatitude=-7.9797;GPSLongitude=112.6304;Make=KENARI');
	const length = Buffer.from([0xff, 0xe1, (place.length + 2) >> 8, (place.length + 2) & 255]);
	return Buffer.concat([jpeg.subarray(0, 2), length, place, jpeg.subarray(2)]);
}

test('a photo leaves small, without its place, and its small print is still readable', async ({ page }) => {
	test.setTimeout(120_000);
	// The policy lets no script fetch a preview: what it is made from is noted on the way.
	await page.addInitScript(() => {
		const made = new Map<string, Blob>();
		(window as unknown as Made).made = made;
		const make = URL.createObjectURL.bind(URL);
		URL.createObjectURL = (from: Blob) => {
			const url = make(from);
			made.set(url, from);
			return url;
		};
	});
	await toPhotos(page);
	const original = await photographed(page);
	expect(original.toString('latin1')).toContain('GPSLatitude');
	await chooseOnDisk(page, { name: 'kk.jpg', mimeType: 'image/jpeg', buffer: original });
	await expect(page.getByText('Terbaca', { exact: true })).toBeVisible();
	const kept = Buffer.from(
		await page.evaluate(async () => {
			const shown = document.querySelector<HTMLImageElement>('main img')?.src ?? '';
			const made = (window as unknown as Made).made.get(shown);
			return Array.from(new Uint8Array((await made?.arrayBuffer()) ?? new ArrayBuffer(0)));
		}),
	);
	expect(kept.byteLength).toBeLessThanOrEqual(400_000);
	const text = kept.toString('latin1');
	for (const trace of ['Exif', 'GPS', '112.6304', 'KENARI']) expect(text).not.toContain(trace);

	const seen = await page.evaluate(
		async ([before, after]) => {
			const grey = async (data: string) => {
				const jpeg = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
				const bitmap = await createImageBitmap(new Blob([jpeg]));
				const canvas = new OffscreenCanvas(1240, 1754); // 150 dpi
				const context = canvas.getContext('2d');
				if (!context) throw new Error('no canvas');
				context.drawImage(bitmap, 0, 0, 1240, 1754);
				const { data: rgba } = context.getImageData(0, 0, 1240, 1754);
				const values = Float64Array.from({ length: rgba.length / 4 }, (_, i) => rgba[4 * i] ?? 0);
				return { values, width: bitmap.width, height: bitmap.height };
			};
			const a = await grey(before ?? '');
			const b = await grey(after ?? '');
			const mean = (v: Float64Array) => v.reduce((sum, one) => sum + one, 0) / v.length;
			const [ma, mb] = [mean(a.values), mean(b.values)];
			let [ab, aa, bb] = [0, 0, 0];
			a.values.forEach((one, i) => {
				const [da, db] = [one - ma, (b.values[i] ?? 0) - mb];
				ab += da * db;
				aa += da * da;
				bb += db * db;
			});
			return {
				width: b.width,
				height: b.height,
				alike: ab / Math.sqrt(aa * bb),
				strength: Math.sqrt(bb / aa),
			};
		},
		[original.toString('base64'), kept.toString('base64')],
	);
	expect(Math.max(seen.width, seen.height)).toBe(1600);
	// Printed at 150 dpi the letters are the same letters, nearly as dark: below 0.9 small print closes up.
	expect(seen.alike).toBeGreaterThan(0.93);
	expect(seen.strength).toBeGreaterThan(0.75);
});

// Photos made small on the phone: at most 1600 px and 400 kB, drawn anew so that no EXIF data survives.

export const LONGEST_SIDE = 1600;
export const LARGEST_PHOTO = 400_000;
export const LARGEST_FILE = 10_000_000;
/** A picture becomes small anyway; above this a cheap phone runs out of memory while it opens it. */
export const LARGEST_PICTURE = 40_000_000;
const SHARPNESS_SIDE = 320;
/** Variance of the Laplacian below which text is seldom readable; found by eye on phone photos. */
export const BLURRED_BELOW = 60;

export type Prepared = { bytes: ArrayBuffer; mediaType: 'JPEG' | 'PNG' | 'PDF'; blurred: boolean };
export type Refused = 'kind' | 'size' | 'broken' | 'empty' | 'heic' | 'video' | 'locked' | 'unreadable';
type Kind = Prepared['mediaType'] | 'HEIC' | 'VIDEO';
const HEAD_BYTES = 16;
/** Where a PDF says that it ends; some writers put a little behind it. */
const TAIL_BYTES = 2048;

export class FileProblem extends Error {
	constructor(readonly reason: Refused) {
		super(reason);
		this.name = 'FileProblem';
	}
}

/** What the first bytes say; the name of a file proves nothing. */
export function kindOf(head: Uint8Array): Kind | undefined {
	const starts = (...bytes: number[]) => bytes.every((byte, index) => head[index] === byte);
	if (starts(0xff, 0xd8, 0xff)) return 'JPEG';
	if (starts(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return 'PNG';
	if (starts(0x25, 0x50, 0x44, 0x46, 0x2d)) return 'PDF';
	const text = String.fromCharCode(...head.slice(0, HEAD_BYTES));
	if (text.slice(4, 8) === 'ftyp') {
		const brand = text.slice(8, 12);
		if (/^(hei[cmsx]|hev[cmsx]|mif1|msf1)$/.test(brand)) return 'HEIC';
		return brand.startsWith('avi') ? undefined : 'VIDEO'; // avif and avis are pictures
	}
	const webm = starts(0x1a, 0x45, 0xdf, 0xa3);
	return webm || (text.startsWith('RIFF') && text.slice(8, 12) === 'AVI ') ? 'VIDEO' : undefined;
}

/** Why a PDF cannot be used; undefined when it can. A locked one would be refused by whoever opens it later. */
export function faultOfPdf(bytes: Uint8Array): Refused | undefined {
	const text = new TextDecoder('latin1').decode(bytes);
	if (!text.slice(-TAIL_BYTES).includes('%%EOF')) return 'broken';
	return /\/Encrypt\s*(?:\d+\s+\d+\s+R|<<)/.test(text) ? 'locked' : undefined;
}

/** Width and height that fit the longest side; never enlarged. */
export function fitInside(width: number, height: number, longest: number = LONGEST_SIDE): [number, number] {
	const scale = Math.min(1, longest / Math.max(width, height));
	return [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
}

/** Variance of the Laplacian of a grey picture: low when no edge is sharp. */
export function sharpness(rgba: Uint8ClampedArray, width: number, height: number): number {
	const grey = new Float32Array(width * height);
	for (let i = 0; i < grey.length; i++) {
		grey[i] = 0.299 * (rgba[4 * i] ?? 0) + 0.587 * (rgba[4 * i + 1] ?? 0) + 0.114 * (rgba[4 * i + 2] ?? 0);
	}
	let sum = 0;
	let squares = 0;
	let count = 0;
	for (let y = 1; y < height - 1; y++) {
		for (let x = 1; x < width - 1; x++) {
			const i = y * width + x;
			const around =
				(grey[i - 1] ?? 0) + (grey[i + 1] ?? 0) + (grey[i - width] ?? 0) + (grey[i + width] ?? 0);
			const value = around - 4 * (grey[i] ?? 0);
			sum += value;
			squares += value * value;
			count += 1;
		}
	}
	return count ? squares / count - (sum / count) ** 2 : 0;
}

function draw(bitmap: ImageBitmap, longest: number): CanvasRenderingContext2D {
	const [width, height] = fitInside(bitmap.width, bitmap.height, longest);
	const canvas = document.createElement('canvas');
	canvas.width = width;
	canvas.height = height;
	const context = canvas.getContext('2d', { willReadFrequently: longest === SHARPNESS_SIDE });
	if (!context) throw new FileProblem('broken');
	context.fillStyle = '#fff';
	context.fillRect(0, 0, width, height);
	context.drawImage(bitmap, 0, 0, width, height);
	return context;
}

function isBlurred(bitmap: ImageBitmap): boolean {
	const context = draw(bitmap, SHARPNESS_SIDE);
	const { width, height } = context.canvas;
	return sharpness(context.getImageData(0, 0, width, height).data, width, height) < BLURRED_BELOW;
}

async function encode(bitmap: ImageBitmap): Promise<Blob> {
	let best: Blob | null = null;
	for (const [longest, quality] of [
		[LONGEST_SIDE, 0.82],
		[LONGEST_SIDE, 0.68],
		[LONGEST_SIDE, 0.5],
		[1280, 0.5],
		[1024, 0.45],
	] as const) {
		const { canvas } = draw(bitmap, longest);
		best = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/jpeg', quality));
		if (best && best.size <= LARGEST_PHOTO) return best;
	}
	if (!best) throw new FileProblem('broken');
	return best;
}

/** A file in the cloud, or one whose permission has lapsed, is in the list and cannot be read. */
async function read(part: Blob): Promise<ArrayBuffer> {
	try {
		return await part.arrayBuffer();
	} catch {
		throw new FileProblem('unreadable');
	}
}

async function preparePdf(file: File): Promise<Prepared> {
	if (file.size > LARGEST_FILE) throw new FileProblem('size');
	const bytes = await read(file);
	const fault = faultOfPdf(new Uint8Array(bytes));
	if (fault) throw new FileProblem(fault);
	return { bytes, mediaType: 'PDF', blurred: false };
}

/** @throws FileProblem with a reason that the screen puts into words */
export async function prepare(file: File): Promise<Prepared> {
	if (file.size === 0) throw new FileProblem('empty');
	const kind = kindOf(new Uint8Array(await read(file.slice(0, HEAD_BYTES))));
	if (kind === 'VIDEO' || file.type.startsWith('video/')) throw new FileProblem('video');
	if (kind === 'PDF') return preparePdf(file);
	if (file.size > LARGEST_PICTURE) throw new FileProblem('size');
	let bitmap: ImageBitmap;
	try {
		// Whatever this phone can draw (HEIC on an iPhone too) becomes a JPEG.
		bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
	} catch {
		throw new FileProblem(kind === 'HEIC' ? 'heic' : kind ? 'broken' : 'kind');
	}
	try {
		const blob = await encode(bitmap);
		return { bytes: await blob.arrayBuffer(), mediaType: 'JPEG', blurred: isBlurred(bitmap) };
	} finally {
		bitmap.close();
	}
}

export async function sha256(bytes: BufferSource): Promise<string> {
	const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
	return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

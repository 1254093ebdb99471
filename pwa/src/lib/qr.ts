// Reads a QR code from a picture or the camera: with the phone's own detector, else with a small reader loaded now.
import { fitInside } from './image';

type Source = HTMLVideoElement | ImageBitmap;
type Detector = { detect(source: Source): Promise<{ rawValue: string }[]> };
declare const BarcodeDetector: {
	new (options: { formats: string[] }): Detector;
	getSupportedFormats(): Promise<string[]>;
};

/** The text of the code in sight; undefined when there is none. `patient`: a picture may take its time. */
export type Reader = (source: Source, patient: boolean) => Promise<string | undefined>;

/** Pixels on the longest side: a code of 25 mm on a whole page of A4 still has two a module. */
const PICTURE_SIDE = 2000;
const FRAME_SIDE = 800;
const PATIENCE_MS = 2500;
/** A frame that asks for more than this would make the picture stutter on a cheap phone. */
const FRAME_MS = 60;

export async function reader(): Promise<Reader> {
	const own = await ownDetector();
	const small = async () => withScript((await import('qr/decode.js')).default);
	if (!own) return small();
	return async (source, patient) => {
		try {
			return (await own.detect(source))[0]?.rawValue;
		} catch {
			// Some phones name a detector that needs a service they do not have.
			return (await small())(source, patient);
		}
	};
}

async function ownDetector(): Promise<Detector | undefined> {
	if (!('BarcodeDetector' in globalThis)) return undefined;
	const formats = await BarcodeDetector.getSupportedFormats().catch((): string[] => []);
	return formats.includes('qr_code') ? new BarcodeDetector({ formats: ['qr_code'] }) : undefined;
}

function withScript(decode: typeof import('qr/decode.js').default): Reader {
	const canvas = document.createElement('canvas');
	const brush = canvas.getContext('2d', { willReadFrequently: true });
	return async (source, patient) => {
		const [wide, high] =
			'videoWidth' in source ? [source.videoWidth, source.videoHeight] : [source.width, source.height];
		if (!brush || wide === 0) return undefined;
		// A second look at another size finds codes that the first one was too fine or too coarse for.
		for (const side of patient ? [PICTURE_SIDE, PICTURE_SIDE / 2, FRAME_SIDE / 2] : [FRAME_SIDE]) {
			const [width, height] = fitInside(wide, high, side);
			canvas.width = width;
			canvas.height = height;
			brush.drawImage(source, 0, 0, width, height);
			const { data } = brush.getImageData(0, 0, width, height);
			try {
				return decode({ width, height, data }, { timeLimit: patient ? PATIENCE_MS : FRAME_MS });
			} catch {
				// no code in sight at this size
			}
		}
		return undefined;
	};
}

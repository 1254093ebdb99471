// The camera at the back of the phone, its lamp, and one look after the other until it is closed.
import type { Reader } from './qr';

const EVERY_MS = 120;

type Lamp = { torch?: boolean };

export type Camera = {
	/** Whether the phone offers its lamp. */
	lamp: boolean;
	light(on: boolean): Promise<void>;
	close(): void;
};

/**
 * Show the camera in `video` and look until it is closed; `heed` gets each text that is seen.
 * @throws DOMException when there is no camera or it is not allowed
 */
export async function openCamera(
	video: HTMLVideoElement,
	read: Reader,
	heed: (text: string) => void,
): Promise<Camera> {
	const stream = await navigator.mediaDevices.getUserMedia({
		audio: false,
		video: { facingMode: { ideal: 'environment' }, width: { ideal: 1280 }, height: { ideal: 720 } },
	});
	const track = stream.getVideoTracks()[0];
	let open = true;
	const close = () => {
		open = false;
		for (const one of stream.getTracks()) one.stop();
		video.srcObject = null;
	};
	try {
		video.srcObject = stream;
		await video.play();
	} catch (error) {
		close();
		throw error;
	}
	const look = async () => {
		if (!open) return;
		const text = await read(video, false).catch(() => undefined);
		if (open && text) heed(text);
		if (open) setTimeout(() => void look(), EVERY_MS);
	};
	void look();
	return {
		lamp: Boolean((track?.getCapabilities?.() as Lamp | undefined)?.torch),
		light: async (on) => track?.applyConstraints({ advanced: [{ torch: on } as MediaTrackConstraintSet] }),
		close,
	};
}

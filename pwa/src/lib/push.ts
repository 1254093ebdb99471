// Web Push: asked for with a reason, renewed quietly while the person is logged in.
import { SubscribePush, UnsubscribePush, VapidPublicKey } from './gql/generated/people';
import { fetchOnce } from './reads.svelte';
import { send } from './send';

export type PushState = 'unsupported' | 'denied' | 'off' | 'on';

function decoded(base64url: string): Uint8Array<ArrayBuffer> {
	const text = atob(base64url.replace(/-/g, '+').replace(/_/g, '/'));
	return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function encoded(buffer: ArrayBuffer | null): string {
	const text = String.fromCharCode(...new Uint8Array(buffer ?? new ArrayBuffer(0)));
	return btoa(text).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

export async function pushState(): Promise<PushState> {
	if (!('PushManager' in globalThis) || !('serviceWorker' in navigator)) return 'unsupported';
	if (Notification.permission === 'denied') return 'denied';
	const registration = await navigator.serviceWorker.getRegistration();
	return (await registration?.pushManager.getSubscription()) ? 'on' : 'off';
}

async function hand(subscription: PushSubscription): Promise<boolean> {
	const outcome = await send(SubscribePush, {
		endpoint: subscription.endpoint,
		p256dh: encoded(subscription.getKey('p256dh')),
		auth: encoded(subscription.getKey('auth')),
	});
	return outcome.ok !== undefined;
}

/** Ask the person, subscribe, and tell the server. */
export async function turnOnPush(): Promise<PushState> {
	if ((await Notification.requestPermission()) !== 'granted') return pushState();
	const registration = await navigator.serviceWorker.ready;
	const { vapidPublicKey } = await fetchOnce(VapidPublicKey, {});
	const subscription = await registration.pushManager.subscribe({
		userVisibleOnly: true,
		applicationServerKey: decoded(vapidPublicKey),
	});
	if (!(await hand(subscription))) await subscription.unsubscribe();
	return pushState();
}

export async function turnOffPush(): Promise<PushState> {
	const registration = await navigator.serviceWorker.getRegistration();
	const subscription = await registration?.pushManager.getSubscription();
	if (subscription) {
		await send(UnsubscribePush, { endpoint: subscription.endpoint });
		await subscription.unsubscribe();
	}
	return pushState();
}

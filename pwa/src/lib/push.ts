// Web Push: asked for with a reason, and kept fresh while the person is logged in.
import { getLocale } from '../paraglide/runtime';
import { hand, subscribe, withdraw } from './subscription';

export type PushState = 'unsupported' | 'denied' | 'off' | 'on';
/** When the server last heard of this browser's subscription; absent while push is off. */
const HANDED = 'lugas-push';
const DAY_MS = 86_400_000;

export async function pushState(): Promise<PushState> {
	if (!('PushManager' in globalThis) || !('serviceWorker' in navigator)) return 'unsupported';
	if (Notification.permission === 'denied') return 'denied';
	const registration = await navigator.serviceWorker.getRegistration();
	return (await registration?.pushManager.getSubscription()) ? 'on' : 'off';
}

/** Ask the person, subscribe, and tell the server. */
export async function turnOnPush(): Promise<PushState> {
	if ((await Notification.requestPermission()) !== 'granted') return pushState();
	const subscription = await subscribe(await navigator.serviceWorker.ready, getLocale());
	if (await hand(subscription, getLocale())) localStorage.setItem(HANDED, String(Date.now()));
	else await subscription.unsubscribe();
	return pushState();
}

export async function turnOffPush(): Promise<PushState> {
	localStorage.removeItem(HANDED);
	const registration = await navigator.serviceWorker.getRegistration();
	const subscription = await registration?.pushManager.getSubscription();
	if (subscription) {
		await withdraw(subscription.endpoint, getLocale()).catch(() => undefined);
		await subscription.unsubscribe();
	}
	return pushState();
}

/**
 * At each opening: browsers drop subscriptions and servers change keys without a word. Whoever turned push on keeps
 * it; the server hears of it once a day, or at once when it knows of no device of this person.
 */
export async function refreshPush(devices: number, now: number = Date.now()): Promise<void> {
	const handed = Number(localStorage.getItem(HANDED));
	if (!handed || Notification.permission !== 'granted') return;
	const state = await pushState();
	if (state === 'on' && devices > 0 && now - handed < DAY_MS) return;
	const subscription = await subscribe(await navigator.serviceWorker.ready, getLocale());
	if (await hand(subscription, getLocale())) localStorage.setItem(HANDED, String(now));
}

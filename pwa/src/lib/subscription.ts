// A browser's push subscription and how the server learns of it; shared by the page and the service worker.
import { SubscribePush, UnsubscribePush, VapidPublicKey } from './gql/generated/people';
import { execute } from './gql/transport';

function decoded(base64url: string): Uint8Array<ArrayBuffer> {
	const text = atob(base64url.replace(/-/g, '+').replace(/_/g, '/'));
	return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export function encoded(buffer: ArrayBuffer | null): string {
	const text = String.fromCharCode(...new Uint8Array(buffer ?? new ArrayBuffer(0)));
	return btoa(text).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

/** Subscribe for the key that the server signs with now; one for an older key would never be woken again. */
export async function subscribe(
	registration: ServiceWorkerRegistration,
	locale: string,
): Promise<PushSubscription> {
	const { vapidPublicKey } = await execute(VapidPublicKey, {}, locale);
	const held = await registration.pushManager.getSubscription();
	if (held && encoded(held.options.applicationServerKey) === vapidPublicKey.replace(/=+$/, '')) return held;
	await held?.unsubscribe();
	return registration.pushManager.subscribe({
		userVisibleOnly: true,
		applicationServerKey: decoded(vapidPublicKey),
	});
}

/** Tell the server where to reach this browser; true when it knows. */
export async function hand(subscription: PushSubscription, locale: string): Promise<boolean> {
	const input = {
		idempotencyKey: crypto.randomUUID(),
		endpoint: subscription.endpoint,
		p256dh: encoded(subscription.getKey('p256dh')),
		auth: encoded(subscription.getKey('auth')),
	};
	return (await execute(SubscribePush, { input }, locale)).subscribePush.__typename === 'PushChanged';
}

export async function withdraw(endpoint: string, locale: string): Promise<void> {
	await execute(UnsubscribePush, { input: { idempotencyKey: crypto.randomUUID(), endpoint } }, locale);
}

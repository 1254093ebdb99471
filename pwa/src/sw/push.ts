// A push always shows something, even when its words cannot be read; a subscription that the browser renews reaches
// the server with the app closed.
import { hand, subscribe, withdraw } from '../lib/subscription';

type Message = { title?: string; body?: string; url?: string; tag?: string; unread?: number };
export type SubscriptionEvent = ExtendableEvent & {
	oldSubscription?: PushSubscription | null;
	newSubscription?: PushSubscription | null;
};
type Badged = { setAppBadge?(count?: number): Promise<void> };

function words(data: PushMessageData | null): Message {
	try {
		return (data?.json() ?? {}) as Message;
	} catch {
		return {};
	}
}

/** Only a path of this app may be opened from a message. */
function safePath(url: unknown): string {
	return typeof url === 'string' && url.startsWith('/') && !url.startsWith('//') ? url : '/kabar';
}

export async function onPush(
	registration: ServiceWorkerRegistration,
	data: PushMessageData | null,
): Promise<void> {
	const { title, body, url, tag, unread } = words(data);
	await registration.showNotification(title || 'Lugas', {
		body: body || 'Ada kabar tentang permohonan Anda.',
		tag: tag || undefined,
		icon: '/icons/icon-192.png',
		badge: '/icons/monochrome-96.png',
		lang: 'id',
		data: { url: safePath(url) },
	});
	// Without a number the icon shows a dot.
	await (navigator as Badged).setAppBadge?.(unread).catch(() => undefined);
}

export async function onClick(worker: ServiceWorkerGlobalScope, event: NotificationEvent): Promise<void> {
	event.notification.close();
	const path = safePath((event.notification.data as Message | null)?.url);
	const open = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true });
	const page = open.find((client) => new URL(client.url).origin === worker.location.origin);
	// A form that is being filled in is never replaced: what is news opens beside it.
	if (page && !new URL(page.url).pathname.endsWith('/ajukan')) {
		await page.focus();
		await page.navigate(path).catch(() => worker.clients.openWindow(path));
	} else await worker.clients.openWindow(path);
}

export async function onSubscriptionChange(
	registration: ServiceWorkerRegistration,
	event: SubscriptionEvent,
): Promise<void> {
	const fresh = event.newSubscription ?? (await subscribe(registration, 'id'));
	await hand(fresh, 'id');
	const old = event.oldSubscription?.endpoint;
	if (old && old !== fresh.endpoint) await withdraw(old, 'id');
}

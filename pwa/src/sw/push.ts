// A push always shows something, even when its words cannot be read.

type Message = { title?: string; body?: string; url?: string; tag?: string };

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
	const { title, body, url, tag } = words(data);
	await registration.showNotification(title || 'Lugas', {
		body: body || 'Ada kabar tentang permohonan Anda.',
		tag: tag || undefined,
		icon: '/icons/icon-192.png',
		badge: '/icons/monochrome-96.png',
		lang: 'id',
		data: { url: safePath(url) },
	});
}

export async function onClick(worker: ServiceWorkerGlobalScope, event: NotificationEvent): Promise<void> {
	event.notification.close();
	const path = safePath((event.notification.data as Message | null)?.url);
	const open = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true });
	const page = open.find((client) => new URL(client.url).origin === worker.location.origin);
	if (page) {
		await page.focus();
		await page.navigate(path).catch(() => worker.clients.openWindow(path));
	} else await worker.clients.openWindow(path);
}

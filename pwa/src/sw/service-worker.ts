// The service worker: keeps the app startable, sends what waits, shows what the city says.
import { cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute } from 'workbox-precaching';
import { NavigationRoute, registerRoute } from 'workbox-routing';
import { drain } from '../lib/outbox/drain';
import { database, recall } from '../lib/store';
import { onClick, onPush } from './push';

type SyncEvent = ExtendableEvent & { tag: string };
declare const self: ServiceWorkerGlobalScope & {
	__WB_MANIFEST: { url: string; revision: string | null }[];
	addEventListener(type: 'sync', listener: (event: SyncEvent) => void): void;
};
const OUTBOX = 'lugas-outbox';

precacheAndRoute(self.__WB_MANIFEST);
cleanupOutdatedCaches();
const server = [/^\/graphql/, /^\/documents/, /^\/health/, /^\/dev/, /^\/metrics/];
registerRoute(new NavigationRoute(createHandlerBoundToURL('/index.html'), { denylist: server }));

self.addEventListener('message', (event) => {
	if (event.data === 'SKIP_WAITING') void self.skipWaiting();
});
self.addEventListener('sync', (event) => {
	if (event.tag === OUTBOX) event.waitUntil(sendWaiting());
});
self.addEventListener('push', (event) => event.waitUntil(onPush(self.registration, event.data)));
self.addEventListener('notificationclick', (event) => event.waitUntil(onClick(self, event)));

async function sendWaiting(): Promise<void> {
	const pages = new BroadcastChannel(OUTBOX);
	await drain((await recall<string>('locale')) ?? 'id', () => pages.postMessage('changed'), true);
	pages.close();
	const person = await recall<string>('person');
	const left = (await (await database()).getAll('outbox')).some(
		(e) => e.state === 'queued' && e.person === person,
	);
	// A failed sync is tried again by the browser, also with the app closed.
	if (left) throw new Error('still waiting');
}

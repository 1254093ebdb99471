// The service worker: keeps the app startable, sends what waits, shows what the city says.
import { recall } from '../lib/db';
import { drain } from '../lib/outbox/drain';
import { entriesOf } from '../lib/outbox/entries';
import { currentOwner } from '../lib/owner';
import { onClick, onPush, onSubscriptionChange, type SubscriptionEvent } from './push';
import { type Asset, fromPhone, install, router, tidy } from './shell';

type SyncEvent = ExtendableEvent & { tag: string };
declare const self: ServiceWorkerGlobalScope & {
	__WB_MANIFEST: Asset[];
	addEventListener(type: 'sync', listener: (event: SyncEvent) => void): void;
	addEventListener(type: 'pushsubscriptionchange', listener: (event: SubscriptionEvent) => void): void;
};
const OUTBOX = 'lugas-outbox';

const assets = self.__WB_MANIFEST;
/** Addresses that the server answers itself. */
const served = [/^\/graphql/, /^\/documents/, /^\/data\//, /^\/health/, /^\/dev/, /^\/metrics/];
const keyFor = router(assets, served);

self.addEventListener('install', (event) => event.waitUntil(install(assets)));
self.addEventListener('activate', (event) => event.waitUntil(tidy(assets)));
self.addEventListener('fetch', (event) => {
	const key = keyFor(event.request);
	if (key) event.respondWith(fromPhone(event.request, key));
});
self.addEventListener('message', (event) => {
	if (event.data === 'SKIP_WAITING') void self.skipWaiting();
});
self.addEventListener('sync', (event) => {
	if (event.tag === OUTBOX) event.waitUntil(sendWaiting());
});
self.addEventListener('push', (event) => event.waitUntil(onPush(self.registration, event.data)));
self.addEventListener('pushsubscriptionchange', (event) =>
	event.waitUntil(onSubscriptionChange(self.registration, event)),
);
self.addEventListener('notificationclick', (event) => event.waitUntil(onClick(self, event)));

async function sendWaiting(): Promise<void> {
	const pages = new BroadcastChannel(OUTBOX);
	const tell = (progress?: object) => pages.postMessage(progress ?? 'changed');
	await drain((await recall<string>('locale')) ?? 'id', tell, true);
	pages.close();
	const left = (await entriesOf(await currentOwner())).some((entry) => entry.state === 'queued');
	// A failed sync is tried again by the browser, also with the app closed.
	if (left) throw new Error('still waiting');
}

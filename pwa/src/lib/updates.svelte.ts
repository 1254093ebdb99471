// The service worker's registration, and a new version that waits until the person takes it.

type PolicyFactory = {
	createPolicy(
		name: string,
		rules: { createScriptURL: (url: string) => string },
	): { createScriptURL(url: string): string };
};
const WORKER = '/service-worker.js';
/** On a first visit the screen and its data come first: what the worker lays by would share their line. */
const AFTER_LOAD_MS = 1200;

async function loaded(): Promise<void> {
	if (navigator.serviceWorker.controller) return;
	if (document.readyState !== 'complete')
		await new Promise((done) => addEventListener('load', done, { once: true }));
	await new Promise((done) => setTimeout(done, AFTER_LOAD_MS));
}

class Updates {
	ready = $state(false);
	#waiting: ServiceWorker | undefined;

	#offer(worker: ServiceWorker | null): void {
		if (!worker || !navigator.serviceWorker.controller) return;
		this.#waiting = worker;
		this.ready = true;
	}

	async start(): Promise<void> {
		if (!('serviceWorker' in navigator) || import.meta.env.DEV) return;
		await loaded();
		const factory = (globalThis as { trustedTypes?: PolicyFactory }).trustedTypes;
		const policy = factory?.createPolicy('lugas-worker', {
			createScriptURL: (url) => (url === WORKER ? url : ''),
		});
		const registration = await navigator.serviceWorker.register(
			policy ? policy.createScriptURL(WORKER) : WORKER,
		);
		this.#offer(registration.waiting);
		registration.addEventListener('updatefound', () => {
			const worker = registration.installing;
			worker?.addEventListener('statechange', () => {
				if (worker.state === 'installed') this.#offer(worker);
			});
		});
	}

	/** Let the new worker take over, then load its app. Only ever at the person's own word. */
	use(): void {
		navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
		this.#waiting?.postMessage('SKIP_WAITING');
	}
}
export const updates = new Updates();

// The app's own files on the phone: fetched once when a version is installed, served from there ever after.

export type Asset = { url: string; revision: string | null };

const CACHE = 'lugas-app';
/** Earlier versions kept the same files with Workbox. */
const FORMER = /^workbox-/;
const AT_ONCE = 6;

/** A file whose name tells its content keeps its name; any other is kept under its name and revision. */
function keyOf({ url, revision }: Asset): string {
	const key = new URL(url, location.origin);
	if (revision) key.searchParams.set('v', revision);
	return key.href;
}

async function fetchAsset(cache: Cache, asset: Asset): Promise<void> {
	const key = keyOf(asset);
	// What came before the signal broke off, or with the version before, is not fetched again.
	if (await cache.match(key)) return;
	const response = await fetch(new URL(asset.url, location.origin), {
		cache: asset.revision ? 'reload' : 'default',
		credentials: 'same-origin',
	});
	if (!response.ok || response.redirected) throw new Error(`${asset.url}: ${response.status}`);
	await cache.put(key, response);
}

/** All files or none: a version with a hole is never used. */
export async function install(assets: readonly Asset[]): Promise<void> {
	const cache = await caches.open(CACHE);
	const todo = [...assets];
	const work = async () => {
		for (let asset = todo.shift(); asset; asset = todo.shift()) await fetchAsset(cache, asset);
	};
	await Promise.all(Array.from({ length: AT_ONCE }, work));
}

/** Let go of what only earlier versions needed. */
export async function tidy(assets: readonly Asset[]): Promise<void> {
	const wanted = new Set(assets.map(keyOf));
	const cache = await caches.open(CACHE);
	for (const request of await cache.keys()) {
		if (!wanted.has(request.url)) await cache.delete(request);
	}
	for (const name of await caches.keys()) if (FORMER.test(name)) await caches.delete(name);
}

/** Where a request is answered from: an asset's key, or undefined when it is none of ours. */
export function router(
	assets: readonly Asset[],
	served: readonly RegExp[],
): (request: Request) => string | undefined {
	const keys = new Map(assets.map((asset) => [new URL(asset.url, location.origin).pathname, keyOf(asset)]));
	return (request) => {
		const url = new URL(request.url);
		if (request.method !== 'GET' || url.origin !== location.origin) return undefined;
		const own = keys.get(url.pathname);
		if (own || request.mode !== 'navigate') return own;
		return served.some((path) => path.test(url.pathname)) ? undefined : keys.get('/index.html');
	};
}

export async function fromPhone(request: Request, key: string): Promise<Response> {
	return (await (await caches.open(CACHE)).match(key)) ?? fetch(request);
}

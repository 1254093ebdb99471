// What a browser keeps of this app: every store read out, byte for byte, and the files of the profile.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, Page } from '@playwright/test';

/** Every database, cache and storage of the page's origin and the cookies, as one text in which bytes are letters. */
export async function dump(page: Page, context: BrowserContext): Promise<string> {
	const stores = await page.evaluate(async () => {
		const wait = <T>(asking: IDBRequest<T>) =>
			new Promise<T>((done, failed) => {
				asking.onsuccess = () => done(asking.result);
				asking.onerror = () => failed(asking.error);
			});
		const letters = (bytes: Uint8Array) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
		const text = async (value: unknown): Promise<string> => {
			if (value instanceof ArrayBuffer) return letters(new Uint8Array(value));
			if (ArrayBuffer.isView(value)) return letters(new Uint8Array(value.buffer));
			if (value instanceof Blob) return text(await value.arrayBuffer());
			if (value instanceof CryptoKey) return `CryptoKey ${value.type} extractable=${value.extractable}`;
			if (Array.isArray(value)) return (await Promise.all(value.map(text))).join('\n');
			if (typeof value !== 'object' || value === null) return String(value);
			const parts = Object.entries(value).map(async ([key, inner]) => `${key}: ${await text(inner)}`);
			return (await Promise.all(parts)).join('\n');
		};
		const parts: string[] = [JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage })];
		for (const { name } of await indexedDB.databases()) {
			const db = await wait(indexedDB.open(name ?? ''));
			for (const store of Array.from(db.objectStoreNames)) {
				const reading = db.transaction(store).objectStore(store);
				const [keys, values] = [wait(reading.getAllKeys()), wait(reading.getAll())];
				parts.push(`== ${name} ${store}`, await text(await keys), await text(await values));
			}
			db.close();
		}
		for (const name of await caches.keys()) {
			const cache = await caches.open(name);
			for (const request of await cache.keys()) {
				parts.push(`== ${name} ${request.url}`, (await (await cache.match(request))?.text()) ?? '');
			}
		}
		return parts.join('\n');
	});
	return `${stores}\n${JSON.stringify(await context.cookies())}`;
}

/** Rows of one store of the app's database, unopened. */
export async function rows(page: Page, store: string): Promise<{ id: string; owner: string }[]> {
	return page.evaluate(async (name) => {
		const wait = <T>(asking: IDBRequest<T>) =>
			new Promise<T>((done, failed) => {
				asking.onsuccess = () => done(asking.result);
				asking.onerror = () => failed(asking.error);
			});
		const db = await wait(indexedDB.open('lugas-sealed'));
		const all = await wait(db.transaction(name).objectStore(name).getAll());
		db.close();
		return all.map(({ id, owner }) => ({ id, owner }));
	}, store);
}

/** The files of a browser profile that hold one of these texts, in either of the ways a browser writes text. */
export function filesWith(profile: string, texts: readonly string[]): string[] {
	const needles = texts.flatMap((text) => [Buffer.from(text, 'utf8'), Buffer.from(text, 'utf16le')]);
	const found: string[] = [];
	for (const entry of readdirSync(profile, { recursive: true, withFileTypes: true })) {
		if (!entry.isFile()) continue;
		const path = join(entry.parentPath, entry.name);
		let bytes: Buffer;
		try {
			bytes = readFileSync(path);
		} catch {
			continue; // gone meanwhile, or a socket
		}
		if (needles.some((needle) => bytes.includes(needle))) found.push(path.slice(profile.length + 1));
	}
	return found;
}

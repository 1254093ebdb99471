// Writes a .br and a .gz beside every text asset, so that the server never compresses while someone waits.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

const TEXT = /\.(js|css|html|json|svg|webmanifest)$/;
const SMALLEST = 512;

export function compress(folder: string): void {
	for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
		if (!entry.isFile() || !TEXT.test(entry.name)) continue;
		const path = join(entry.parentPath, entry.name);
		const bytes = readFileSync(path);
		if (bytes.length < SMALLEST) continue;
		writeFileSync(
			`${path}.br`,
			brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
		);
		writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
	}
}

/** Runs last of all: the service worker is written in the closing of the PWA plugin. */
export function compressed(folder: string): Plugin {
	return {
		name: 'lugas-compressed',
		apply: 'build',
		enforce: 'post',
		closeBundle: { order: 'post', sequential: true, handler: () => compress(folder) },
	};
}

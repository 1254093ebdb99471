import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import en from '../messages/en.json';
import id from '../messages/id.json';

const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]).sort();
const source = join(import.meta.dirname, '..', 'src');

it('has every message in Indonesian and in English, with the same holes', () => {
	expect(Object.keys(en).sort()).toEqual(Object.keys(id).sort());
	const english: Record<string, string> = en;
	for (const [key, text] of Object.entries(id)) {
		expect(text.trim(), key).not.toBe('');
		expect(holes(english[key] ?? ''), key).toEqual(holes(text));
	}
});

it('has no message that nobody says', () => {
	const said = new Set<string>();
	for (const file of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
		if (file.includes('paraglide') || !/\.(ts|svelte)$/.test(file)) continue;
		for (const [, key] of readFileSync(join(source, file), 'utf8').matchAll(/\bm\.([a-z0-9_]+)/g))
			said.add(key ?? '');
	}
	expect(Object.keys(id).filter((key) => key !== '$schema' && !said.has(key))).toEqual([]);
});

it('speaks plainly: no "mohon", no bare "terjadi kesalahan"', () => {
	for (const [key, text] of Object.entries(id)) expect(text, key).not.toMatch(/\bmohon\b|terjadi kesalahan/i);
});

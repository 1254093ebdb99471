// Stops the build when a message is missing in a language, not translated, spoken by nobody, or written into a screen.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'svelte/compiler';

export type Messages = Record<string, string>;
const root = join(import.meta.dirname, '..');
const source = join(root, 'src');
/** The same word in both languages. */
const SAME = new Set(['count_files', 'help_jv', 'kelurahan', 'nik']);
/** Names, not sentences: they may stand in a screen as they are. */
const NAMES = new Set(['lugas', 'Kota Malang']);
const READ_ALOUD = new Set(['alt', 'aria-label', 'label', 'placeholder', 'title']);

const holes = (text: string) =>
	[...text.matchAll(/\{(\w+)\}/g)]
		.map((found) => found[1])
		.sort()
		.join();

/** What is wrong between the two languages. */
export function untranslated(id: Messages, en: Messages): string[] {
	const faults: string[] = [];
	for (const key of new Set([...Object.keys(id), ...Object.keys(en)])) {
		if (key === '$schema') continue;
		const [ours, theirs] = [id[key]?.trim(), en[key]?.trim()];
		if (!ours) faults.push(`${key}: not in Indonesian`);
		else if (!theirs) faults.push(`${key}: not in English`);
		else if (ours === theirs && !SAME.has(key)) faults.push(`${key}: not translated`);
		else if (holes(ours) !== holes(theirs)) faults.push(`${key}: other holes in English`);
	}
	return faults;
}

/** The messages that the given sources speak. */
export function spoken(sources: Iterable<string>): Set<string> {
	const said = new Set<string>();
	for (const text of sources)
		for (const [, key] of text.matchAll(/\bm\.([a-z0-9_]+)/g)) if (key) said.add(key);
	return said;
}

/** Words that stand in a component's markup instead of in messages/. */
export function hardCoded(component: string): string[] {
	const found: string[] = [];
	const walk = (node: unknown): void => {
		if (typeof node !== 'object' || node === null) return;
		const { type, name, data } = node as Record<string, unknown>;
		if (type === 'Text' && typeof data === 'string' && /\p{L}{2,}/u.test(data)) found.push(data.trim());
		if (type === 'Attribute' && !READ_ALOUD.has(String(name))) return;
		for (const [key, child] of Object.entries(node)) if (key !== 'metadata') walk(child);
	};
	walk(parse(component, { modern: true }).fragment);
	return found.filter((text) => !NAMES.has(text));
}

const read = (language: string): Messages =>
	JSON.parse(readFileSync(join(root, 'messages', `${language}.json`), 'utf8'));

/** Everything that is wrong with what the app says, as sentences; empty when all is well. */
export function faultsOfMessages(): string[] {
	const id = read('id');
	const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
		.filter((file) => /\.(ts|svelte)$/.test(file) && !file.includes('paraglide'))
		.map((file) => ({ file, text: readFileSync(join(source, file), 'utf8') }));
	const said = spoken(files.map((one) => one.text));
	const silent = Object.keys(id).filter((key) => key !== '$schema' && !said.has(key));
	return [
		...untranslated(id, read('en')),
		...silent.map((key) => `${key}: nobody says it`),
		...[...said].filter((key) => !(key in id)).map((key) => `${key}: said, but not in messages/`),
		...files
			.filter((one) => one.file.endsWith('.svelte'))
			.flatMap((one) => hardCoded(one.text).map((text) => `${one.file}: "${text}" belongs in messages/`)),
	];
}

if (process.argv[1] === import.meta.filename) {
	const faults = faultsOfMessages();
	for (const fault of faults) console.error(fault);
	process.exitCode = faults.length > 0 ? 1 : 0;
}

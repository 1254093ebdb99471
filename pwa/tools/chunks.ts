// Which modules the first screen needs, so that everything else that screens share can travel in one file.
import { readFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';

const source = join(import.meta.dirname, '..', 'src');
const messages = `${join(source, 'paraglide', 'messages')}${sep}`;
const IMPORT = /^\s*(?:import|export)\s[^'"]*?from\s+'(\.[^']+)'|^\s*import\s+'(\.[^']+)'/gm;
const MESSAGE = /\bm\.([a-z0-9_]+)/g;

function resolve(from: string, path: string): string | undefined {
	const base = join(dirname(from), path);
	for (const candidate of [base, `${base}.ts`, `${base}.svelte`]) {
		try {
			readFileSync(candidate);
			return candidate;
		} catch {
			// try the next ending
		}
	}
	return undefined;
}

/** The files that main.ts imports without waiting, and the messages that they speak. */
export function shell(): { files: Set<string>; words: Set<string> } {
	const files = new Set<string>();
	const words = new Set<string>();
	const todo = [join(source, 'main.ts')];
	for (let file = todo.pop(); file; file = todo.pop()) {
		if (files.has(file) || file.includes('paraglide')) continue;
		files.add(file);
		const text = readFileSync(file, 'utf8');
		for (const [, word] of text.matchAll(MESSAGE)) if (word) words.add(word);
		for (const [, a, b] of text.matchAll(IMPORT)) {
			const next = resolve(file, a ?? b ?? '');
			if (next) todo.push(next);
		}
	}
	return { files, words };
}

/** True for our own modules and messages that the first screen can do without. */
export function isLazy(id: string, first: ReturnType<typeof shell>): boolean {
	const path = id.split('?')[0] ?? id;
	if (path.startsWith(messages)) return !first.words.has(path.slice(messages.length).replace(/\.js$/, ''));
	return (
		path.startsWith(source) &&
		!path.includes('paraglide') &&
		!path.includes('/routes/') &&
		!first.files.has(path)
	);
}

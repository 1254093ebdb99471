// Which modules the first screen needs, and how those that later screens share travel together: what a service's
// page needs, what photos need, forms, what a refused write needs, and the rest. A file each is slow on a poor
// network; one for all is slow on the way in.
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';

const source = join(import.meta.dirname, '..', 'src');
const messages = `${join(source, 'paraglide', 'messages')}${sep}`;
const IMPORT = /^\s*(?:import|export)\s(?!type\b)[^'"]*?from\s+'(\.[^']+)'|^\s*import\s+'(\.[^']+)'/gm;
const MESSAGE = /\bm\.([a-z0-9_]+)/g;

/** Libraries that no first screen needs; all others are Svelte and what comes with it. */
const LATER = /node_modules\/(@simplewebauthn|qr)\//;

type Reach = { files: Set<string>; words: Set<string> };

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

/** The files that these import without waiting, and the messages that they speak. */
function reach(...entries: string[]): Reach {
	const files = new Set<string>();
	const words = new Set<string>();
	const todo = entries.map((entry) => join(source, entry));
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

function holds(within: Reach, path: string): boolean {
	return path.startsWith(messages)
		? within.words.has(path.slice(messages.length).replace(/\.js$/, ''))
		: within.files.has(path);
}

/** Screens that only staff open. */
export const STAFF = /\/routes\/(office|standins|travel|treasury|progress)\//;

/** Screens of the public money: who comes for a service never loads them. */
export const MONEY = /\/routes\/(budget|participation)\//;

/** What the screens need that `these` picks, however late they ask for it. */
function needs(these: (path: string) => boolean, ...entries: string[]): Reach {
	const files = globSync('**/*.{ts,svelte}', { cwd: source });
	const screens = files.filter((path) => path.startsWith('routes') && these(`/${path}`));
	const later = [...reach(...entries, ...screens).files].flatMap((path) =>
		[...readFileSync(path, 'utf8').matchAll(/import\('(\.[^']+)'\)/g)].flatMap(
			([, to]) => resolve(path, to ?? '')?.slice(source.length + 1) ?? [],
		),
	);
	const own = later.filter((path) => !path.startsWith('routes') || these(`/${path}`));
	return reach(...entries, ...screens, ...own);
}

/** Groups for the bundler's code splitting: a module that two lazy screens share goes into the first that fits. */
export function groups(): { name: string; test: (id: string) => boolean; minShareCount: number }[] {
	const first = reach('main.ts');
	const entry = reach('routes/Service.svelte');
	const photos = reach('ui/FileField.svelte', 'ui/Viewer.svelte');
	const forms = reach('routes/apply/Apply.svelte', 'routes/Login.svelte', 'routes/Profile.svelte');
	const unsent = reach('ui/NeedsYou.svelte');
	const figures = reach('routes/budget/Budget.svelte', 'routes/budget/Place.svelte');
	const seekers = needs((path) => !STAFF.test(path) && !MONEY.test(path), 'main.ts');
	const followers = needs((path) => MONEY.test(path));
	/** What lies beside these screens and is shared by them travels with them. */
	const apart = (path: string) => STAFF.test(path) || MONEY.test(path);
	const lazy = (path: string) =>
		path.startsWith(source) &&
		!path.endsWith('runtime.js') &&
		!path.endsWith('said.ts') &&
		!holds(first, path);
	const group = (name: string, fits: (path: string) => boolean) => ({
		name,
		minShareCount: 2,
		test: (id: string) => {
			const path = id.split('?')[0] ?? id;
			return lazy(path) && (apart(path) || !path.includes('/routes/')) && fits(path);
		},
	});
	// Only who logs in or signs with a finger needs it: loaded at the first touch.
	const passkey = (id: string) =>
		id.includes('@simplewebauthn') || id.startsWith(join(source, 'lib', 'passkey.ts'));
	return [
		{ name: 'passkey', minShareCount: 1, test: passkey },
		// Only a phone that cannot read QR codes by itself needs it: loaded when the camera or a picture is opened.
		{ name: 'qr-reader', minShareCount: 1, test: (id: string) => /node_modules\/qr\//.test(id) },
		{
			// Named, or the bundler cuts it where a single lazy screen happens to need less of it.
			name: 'app',
			minShareCount: 2,
			test: (id: string) =>
				(!id.startsWith(source) && !LATER.test(id)) ||
				holds(first, id.split('?')[0] ?? id) ||
				id.endsWith('runtime.js') ||
				id.endsWith('said.ts'),
		},
		group('service', (path) => holds(entry, path)),
		// Who looks at the public money waits for nothing that forms and cases are made of.
		group('common', (path) => holds(figures, path) && holds(seekers, path)),
		group('money-figures', (path) => holds(figures, path)),
		group('photos', (path) => holds(photos, path)),
		group('forms', (path) => holds(forms, path)),
		group('unsent', (path) => holds(unsent, path)),
		// What only screens of the public money share, and what only those of staff do, is nobody else's to load.
		group('money-shared', (path) => !holds(seekers, path) && holds(followers, path)),
		group('staff-shared', (path) => !holds(seekers, path)),
		// What runs in a quiet moment is nobody's way in: a file of its own.
		group('cases', (path) => !path.endsWith('drafts-sync.ts')),
	];
}

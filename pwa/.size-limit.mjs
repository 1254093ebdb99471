// What the app may weigh, as brotli; a file that grows past its limit stops the build.
import { readdirSync, readFileSync } from 'node:fs';

const assets = (ending) =>
	readdirSync(new URL('dist/assets', import.meta.url))
		.filter((name) => name.endsWith(ending))
		.map((name) => `dist/assets/${name}`);
// What the shell names is loaded before anything is seen; every other file when its screen is opened.
const shell = readFileSync(new URL('dist/index.html', import.meta.url), 'utf8');
const first = (ending) => assets(ending).filter((path) => shell.includes(path.slice('dist'.length)));
const staff = /\/staff-[^/]+$/;
const money = /\/money-[^/]+$/;
// A whole QR reader in script, and only for phones whose browser has none: it is not kept for offline use either.
const heavy = /\/qr-reader-[^/]+$/;
const lazy = assets('.js').filter((path) => !first('.js').includes(path) && !heavy.test(path));
const limit = (name, path, kB) => ({ name, path, limit: `${kB} kB`, brotli: true });

export default [
	limit('first load, JS', first('.js'), 45),
	limit('first load, CSS', first('.css'), 8),
	limit('all CSS', assets('.css'), 12),
	limit('service worker', ['dist/service-worker.js'], 10),
	limit(
		'all JS of who comes for a service',
		[
			...assets('.js').filter((path) => ![staff, money, heavy].some((other) => other.test(path))),
			'dist/service-worker.js',
		],
		135,
	),
	limit(
		'all JS of the public money',
		assets('.js').filter((path) => money.test(path)),
		40,
	),
	limit(
		'all JS of staff alone',
		assets('.js').filter((path) => staff.test(path)),
		50,
	),
	limit(
		'QR reader, where the phone has none',
		assets('.js').filter((path) => heavy.test(path)),
		16,
	),
	...lazy.map((path) => limit(`lazy, ${path.replace(/.*\/|-.{8}\.js$/g, '')}`, [path], 8)),
];

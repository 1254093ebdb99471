// What the app may weigh, as brotli; a file that grows past its limit stops the build.
import { readdirSync } from 'node:fs';

const lazy = readdirSync(new URL('dist/assets', import.meta.url)).filter(
	(name) => name.endsWith('.js') && !name.startsWith('index-'),
);
const limit = (name, path, kB) => ({ name, path, limit: `${kB} kB`, brotli: true });

export default [
	limit('first load, JS', ['dist/assets/index-*.js'], 45),
	limit('first load, CSS', ['dist/assets/index-*.css'], 8),
	limit('all CSS', ['dist/assets/*.css'], 12),
	limit('service worker', ['dist/service-worker.js'], 10),
	limit('all JS', ['dist/assets/*.js', 'dist/service-worker.js'], 150),
	...lazy.map((name) => limit(`lazy, ${name.replace(/-[^-]*\.js$/, '')}`, [`dist/assets/${name}`], 8)),
];

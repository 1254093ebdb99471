// Every address of the app and the screen it opens; all but home are loaded when they are needed.
import type { Route } from './lib/router.svelte';
import Home from './routes/Home.svelte';

/** `focused`: one task, no navigation below it; `wide`: a list with a detail pane on large screens. */
export type AppRoute = Route & { focused?: boolean; wide?: boolean };

export const routes: AppRoute[] = [
	{ pattern: '/', load: async () => ({ default: Home }), nav: 'home' },
	{ pattern: '/layanan', load: () => import('./routes/AllServices.svelte'), nav: 'home' },
	{ pattern: '/layanan/:code', load: () => import('./routes/Service.svelte'), nav: 'home' },
];

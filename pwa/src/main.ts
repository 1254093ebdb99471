// Starts the app: theme and language first, then the shell, then what can wait.
import { mount } from 'svelte';
import App from './App.svelte';
import { fetchCatalogueWhenQuiet, QUIET_AFTER_MS } from './lib/catalogue';
import { remember } from './lib/db';
import { install } from './lib/install.svelte';
import { startNet } from './lib/net.svelte';
import { startOutbox } from './lib/outbox/outbox.svelte';
import { match, startRouter } from './lib/router.svelte';
import { savesData } from './lib/saving';
import { chosenTheme, useTheme } from './lib/theme';
import { updates } from './lib/updates.svelte';
import { getLocale, overwriteGetLocale } from './paraglide/runtime';
import { type AppRoute, routes } from './routes';
import './ui/tokens.css';
import './ui/base.css';
import './ui/parts.css';
import './ui/forms.css';

// The screen's own files and its data travel while the shell is put up.
const first = match(routes, location.pathname);
void first?.route.load().catch(() => undefined);
if (first) (first.route as AppRoute).ahead?.(first.params);
useTheme(chosenTheme());
// Another language loads the page anew: found once, not for every word of a screen.
const locale = getLocale();
overwriteGetLocale(() => locale);
document.documentElement.lang = locale;
startRouter();
startNet();
install.start();
const target = document.getElementById('app');
if (target) {
	target.replaceChildren();
	mount(App, { target });
}
// What is kept on the phone is looked through after the first screen stands: opening it takes a cheap phone 60 ms.
setTimeout(() => {
	startOutbox();
	// The worker has no local storage: it learns the language here.
	void remember('locale', locale).catch(() => undefined);
}, 0);
fetchCatalogueWhenQuiet();
// Forms that wait on another phone of the same person come by themselves, unless data is to be saved.
const syncForms = () =>
	void import('./lib/drafts-sync').then(({ syncDrafts }) => syncDrafts()).catch(() => undefined);
if (!savesData()) setTimeout(syncForms, QUIET_AFTER_MS);
addEventListener('online', () => setTimeout(syncForms, QUIET_AFTER_MS));
void updates.start().catch(() => undefined);

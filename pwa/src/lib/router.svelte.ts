// A small router: patterns with :names, lazy screens, links as plain <a href>, focus given to the screen's h1.
import type { Component } from 'svelte';

export type Params = Record<string, string>;
// biome-ignore lint/suspicious/noExplicitAny: every screen takes its own params
type Screen = Component<any>;
export type Route = { pattern: string; load: () => Promise<{ default: Screen }>; nav?: string };
export type Match = { route: Route; params: Params };

/** The first route that fits the path; a last segment of `:name` takes one segment only. */
export function match(routes: readonly Route[], path: string): Match | undefined {
	const given = path.replace(/\/+$/, '').split('/');
	for (const route of routes) {
		const wanted = route.pattern.replace(/\/+$/, '').split('/');
		if (wanted.length !== given.length) continue;
		const params: Params = {};
		const fits = wanted.every((part, index) => {
			const value = given[index] ?? '';
			if (!part.startsWith(':')) return part === value;
			params[part.slice(1)] = decode(value);
			return value !== '';
		});
		if (fits) return { route, params };
	}
	return undefined;
}

function decode(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}

class Place {
	path = $state(location.pathname);
	query = $state.raw(new URLSearchParams(location.search));
	hash = $state(location.hash);
	/** How many screens of ours lie behind this one: decides whether "back" may leave. */
	depth = $state(0);
}
export const place = new Place();

function read(): void {
	place.path = location.pathname;
	place.query = new URLSearchParams(location.search);
	place.hash = location.hash;
	place.depth = (history.state as { depth?: number } | null)?.depth ?? 0;
}

export function go(to: string, options: { replace?: boolean } = {}): void {
	const depth = options.replace ? place.depth : place.depth + 1;
	if (options.replace) history.replaceState({ depth }, '', to);
	else {
		history.replaceState({ depth: place.depth, y: scrollY }, '');
		history.pushState({ depth }, '', to);
	}
	const before = place.path;
	read();
	if (place.path !== before) scrollTo(0, 0);
}

/** Back to the screen before, or to `otherwise` when the app was opened here. */
export function back(otherwise: string): void {
	if (place.depth > 0) history.back();
	else go(otherwise, { replace: true });
}

function ours(event: MouseEvent): HTMLAnchorElement | undefined {
	if (event.defaultPrevented || event.button !== 0) return undefined;
	if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return undefined;
	const link = event.target instanceof Element ? event.target.closest('a') : null;
	if (!link?.href || link.target || link.hasAttribute('download')) return undefined;
	const url = new URL(link.href);
	const inPage = url.pathname === location.pathname && url.hash !== '' && url.search === location.search;
	return url.origin === location.origin && !inPage ? link : undefined;
}

export function startRouter(): void {
	addEventListener('popstate', (event) => {
		read();
		const y = (event.state as { y?: number } | null)?.y;
		if (y !== undefined) setTimeout(() => scrollTo(0, y), 60);
	});
	addEventListener('hashchange', read);
	document.addEventListener('click', (event) => {
		const link = ours(event);
		if (!link) return;
		event.preventDefault();
		go(link.pathname + link.search + link.hash);
	});
}

function visibleTitle(): HTMLElement | undefined {
	const titles = [...document.querySelectorAll<HTMLElement>('main h1')];
	return titles.find((one) => one.offsetParent !== null);
}

/**
 * After a move, screen readers and keyboards begin at the new title, as soon as there is one.
 * Returns the way to call it off.
 */
export function focusTitle(patience = 8000): () => void {
	const began = Date.now();
	const before = document.activeElement;
	const timer = setInterval(() => {
		const title = visibleTitle();
		const moved = document.activeElement !== before && document.activeElement !== document.body;
		if (moved || Date.now() - began > patience) clearInterval(timer);
		else if (title) {
			clearInterval(timer);
			title.tabIndex = -1;
			title.focus({ preventScroll: true });
		}
	}, 40);
	return () => clearInterval(timer);
}

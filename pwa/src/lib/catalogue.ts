// The whole catalogue on the phone: fetched once a day in a quiet moment, searched when there is no signal.
import { Catalogue, Opds, Places } from './gql/generated/catalogue';
import type { ServiceParts } from './gql/generated/types';
import { fetchOrKept, keptOnly } from './reads.svelte';
import { recall, remember } from './store';

const EVERYTHING = { first: 50 };
const DAY_MS = 86_400_000;
/** The first screen and what the person does first come before the whole catalogue. */
const QUIET_AFTER_MS = 5_000;

export async function keptCatalogue(): Promise<ServiceParts[]> {
	const data = await keptOnly(Catalogue, EVERYTHING);
	return data?.services.edges.map((edge) => edge.node) ?? [];
}

type Searched = { name: string; summary: string; synonyms: string[] };

/** Every word typed must begin a word of the name, the summary or a synonym. */
export function searchKept<S extends Searched>(services: S[], typed: string): S[] {
	const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
	return services.filter((service) => {
		const text = `${service.name} ${service.summary} ${service.synonyms.join(' ')}`.toLowerCase();
		const heads = text.split(/[^\p{L}\p{N}]+/u);
		return words.every((word) => heads.some((head) => head.startsWith(word)));
	});
}

export function fetchCatalogueWhenQuiet(): void {
	const work = async () => {
		const at = (await recall<number>('catalogueAt').catch(() => undefined)) ?? 0;
		if (Date.now() - at < DAY_MS && (await keptCatalogue()).length > 0) return;
		if (await fetchOrKept(Catalogue, EVERYTHING)) await remember('catalogueAt', Date.now());
		await fetchOrKept(Places, {});
		await fetchOrKept(Opds, {});
	};
	const later = globalThis.requestIdleCallback ?? ((run: () => void) => setTimeout(run, 2000));
	setTimeout(() => later(() => void work()), QUIET_AFTER_MS);
}

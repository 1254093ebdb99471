// The whole catalogue and the holidays on the phone: fetched once a day in a quiet moment, read with no signal.
import { recall, remember } from './db';
import { Catalogue, Holidays, Opds, Places } from './gql/generated/catalogue';
import type { ServiceParts } from './gql/generated/types';
import { fetchKept, keptOnly } from './reads.svelte';
import { savesData } from './saving';

const PAGE = 50;
const DAY_MS = 86_400_000;
/** The first screen and what the person does first come before the whole catalogue. */
export const QUIET_AFTER_MS = 5_000;

const page = (after?: string) => (after ? { first: PAGE, after } : { first: PAGE });

/** Every service with its form, as far as it lies on the phone. */
export async function keptCatalogue(): Promise<ServiceParts[]> {
	const services: ServiceParts[] = [];
	for (let after: string | null | undefined = ''; after !== null && after !== undefined; ) {
		const data: Awaited<ReturnType<typeof keptPage>> = await keptPage(after);
		services.push(...(data?.services.edges.map((edge) => edge.node) ?? []));
		after = data?.services.pageInfo.hasNextPage ? data.services.pageInfo.endCursor : null;
	}
	return services;
}
const keptPage = (after: string) => keptOnly(Catalogue, page(after));

/** Holidays are decreed year by year; those of the next are known by the end of this one. */
export function holidayYears(now: Date = new Date()): number[] {
	return [now.getFullYear(), now.getFullYear() + 1];
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

async function fetchCatalogue(): Promise<void> {
	for (let after: string | null = ''; after !== null; ) {
		const { services }: Awaited<ReturnType<typeof fetchPage>> = await fetchPage(after);
		after = services.pageInfo.hasNextPage ? services.pageInfo.endCursor : null;
	}
}
const fetchPage = (after: string) => fetchKept(Catalogue, page(after));

async function renew(): Promise<void> {
	if (savesData()) return;
	const at = (await recall<number>('catalogueAt').catch(() => undefined)) ?? 0;
	if (Date.now() - at < DAY_MS && (await keptCatalogue()).length > 0) return;
	await fetchCatalogue();
	await fetchKept(Places, {});
	await fetchKept(Opds, {});
	for (const year of holidayYears()) await fetchKept(Holidays, { year });
	await remember('catalogueAt', Date.now());
}

export function fetchCatalogueWhenQuiet(): void {
	const later = globalThis.requestIdleCallback ?? ((run: () => void) => setTimeout(run, 2000));
	const quietly = () => void renew().catch(() => undefined);
	setTimeout(() => later(quietly), QUIET_AFTER_MS);
	// An app that stays open for days stays fresh; one that had no signal then has it now.
	addEventListener('online', () => setTimeout(quietly, QUIET_AFTER_MS));
}

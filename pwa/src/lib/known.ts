// What the city knows of the signed-in person already: shown, not asked; the server fills it in when it is left out.
import type { KnownValuesData, ServiceParts, ViewerParts } from './gql/generated/types';
import type { Draft } from './store';

export type FormField = ServiceParts['fields'][number];
export type Known = NonNullable<KnownValuesData['me']>['known'][number];
type Filled = Pick<Draft, 'answers' | 'own'>;

const typed = (field: FormField, draft: Filled) => (draft.answers[field.name] ?? '').trim();

/** The profile's value as it may be shown (NIK and phone masked), or undefined when the profile has none. */
export function knownValue(viewer: ViewerParts | null, profile: string | null): string | undefined {
	if (!viewer || !profile) return undefined;
	const values: Record<string, string | null | undefined> = {
		name: viewer.name,
		nik: viewer.nikMasked,
		phone: viewer.phoneMasked,
		address: viewer.address,
		kelurahan: viewer.kelurahan?.name,
	};
	return values[profile] ?? undefined;
}

/** True when the profile answers this question: nothing was typed, and the person did not ask to type it. */
export function isTaken(field: FormField, draft: Filled, viewer: ViewerParts | null): boolean {
	const known = knownValue(viewer, field.profile) !== undefined;
	return known && !draft.own?.includes(field.name) && typed(field, draft) === '';
}

/** What an opened field begins with: the known value, unless it is only known masked. */
export function startValue(viewer: ViewerParts | null, profile: string | null): string {
	if (profile === 'name') return viewer?.name ?? '';
	if (profile === 'address') return viewer?.address ?? '';
	return profile === 'kelurahan' ? (viewer?.kelurahan?.code ?? '') : '';
}

/** Typed answers by the profile value they could fill, so that nobody types one twice. */
export function typedProfile(fields: readonly FormField[], draft: Filled): Record<string, string> {
	const named = fields.filter((field) => field.profile && typed(field, draft) !== '');
	return Object.fromEntries(named.map((field) => [field.profile ?? '', draft.answers[field.name] ?? '']));
}

/** The questions whose typed answers a profile without them is about to take over. */
export function lentTo(viewer: ViewerParts, fields: readonly FormField[], draft: Filled): string[] {
	const named = fields.filter((one) => one.profile && knownValue(viewer, one.profile) === undefined);
	return named.filter((field) => typed(field, draft) !== '').map((field) => field.name);
}

/** Where a profile's value is from and since when; undefined before the server has said. */
export function sourceOf(known: readonly Known[], profile: string | null): Known | undefined {
	return profile ? known.find((one) => one.profile === profile) : undefined;
}

/** What was answered to the same question before, newest first, each value once; nothing that is only known masked. */
export function offersFor(known: readonly Known[], field: FormField, answer: string): Known[] {
	const same = known.filter(
		(one) =>
			!one.profile &&
			!one.masked &&
			one.name === field.name &&
			one.kind === field.kind &&
			one.label === field.label,
	);
	const other = same.filter((one) => one.value.trim() !== answer.trim());
	return other
		.filter((one, index) => other.findIndex((two) => two.value === one.value) === index)
		.slice(0, 2);
}

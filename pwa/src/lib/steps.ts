// The steps of an application: the questions, one needed document a step, what may be added, the review.
import type { ServiceParts } from './gql/generated/types';
import type { Page } from './store';

type Requirement = ServiceParts['requirements'][number];
export type Step =
	| { kind: 'questions' }
	| { kind: 'document'; requirement: Requirement }
	| { kind: 'optional'; requirements: Requirement[] }
	| { kind: 'review' };

export function stepsOf(service: Pick<ServiceParts, 'fields' | 'requirements'>): Step[] {
	const documents = service.requirements.filter((one) => one.kind === 'DOCUMENT');
	const optional = documents.filter((one) => !one.required);
	return [
		...(service.fields.length > 0 ? [{ kind: 'questions' } as const] : []),
		...documents
			.filter((one) => one.required)
			.map((requirement) => ({ kind: 'document', requirement }) as const),
		...(optional.length > 0 ? [{ kind: 'optional', requirements: optional } as const] : []),
		{ kind: 'review' },
	];
}

/** The needed documents that have no page yet. */
export function missing(
	service: Pick<ServiceParts, 'requirements'>,
	pages: readonly Pick<Page, 'requirement'>[],
): Requirement[] {
	return service.requirements.filter(
		(one) => one.kind === 'DOCUMENT' && one.required && !pages.some((page) => page.requirement === one.code),
	);
}

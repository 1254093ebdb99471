// A refused application becomes a form again, with everything that was filled in and every photo.
import { database } from '../db';
import { rowOf } from '../drafts';
import type { Helping } from '../helping';
import type { Draft, Entry } from '../store';
import { serverFaults } from '../validate';

type Sent = {
	serviceCode: string;
	serviceVersion: number;
	answers: { name: string; value: string }[];
	onBehalfOf?: Helping;
};
type Answered = { applicationId: string };

function draftFrom(refused: Entry): Draft {
	const common = {
		id: crypto.randomUUID(),
		person: refused.person,
		serviceName: refused.title,
		pages: refused.pages.map(({ uploadId: _, ...page }) => page),
		reused: refused.reused,
		step: 0,
		changedAt: Date.now(),
	};
	if (refused.write === 'AnswerReturn') {
		const { applicationId } = refused.input as Answered;
		return { ...common, application: applicationId, service: '', serviceVersion: 0, answers: {} };
	}
	const { serviceCode, serviceVersion, answers, onBehalfOf } = refused.input as Sent;
	const { refusal } = refused;
	return {
		...common,
		service: serviceCode,
		serviceVersion,
		helping: onBehalfOf,
		answers: Object.fromEntries(answers.map((answer) => [answer.name, answer.value])),
		faults: refusal?.__typename === 'InvalidInput' ? serverFaults(refusal.fields) : undefined,
	};
}

/** Put the form on disk and take the entry out in one transaction: its files now belong to the form. */
export async function mendable(refused: Entry): Promise<Draft> {
	const draft = draftFrom(refused);
	const row = await rowOf(draft);
	const work = (await database()).transaction(['drafts', 'outbox'], 'readwrite', { durability: 'strict' });
	await work.objectStore('drafts').put(row);
	await work.objectStore('outbox').delete(refused.key);
	await work.done;
	return draft;
}

// The one door for writes that are not queued: an answer, a problem, or a fault, never an exception.
import type { ProblemParts } from './gql/generated/types';
import type { Operation } from './gql/operation';
import { Fault } from './gql/transport';
import { fetchOnce } from './reads.svelte';

export type Problem = ProblemParts;
type Member = { __typename: string };
export type Success<D> = Exclude<D[keyof D], Problem>;
export type Outcome<S> =
	| { ok: S; problem?: undefined; fault?: undefined }
	| { ok?: undefined; problem?: Problem; fault?: Fault };

const PROBLEMS = new Set(['InvalidInput', 'NotFound', 'NotAllowed', 'Conflict', 'NotNow', 'TooLarge']);

/** Run a mutation with a fresh idempotency key (or the given one, to repeat the same act). */
export async function send<D, I extends { idempotencyKey: string }>(
	operation: Operation<D, { input: I }>,
	input: Omit<I, 'idempotencyKey'>,
	key: string = crypto.randomUUID(),
): Promise<Outcome<Success<D>>> {
	try {
		const data = await fetchOnce(operation, { input: { ...input, idempotencyKey: key } as I });
		const answer = Object.values(data as Record<string, Member>)[0];
		if (answer && PROBLEMS.has(answer.__typename)) return { problem: answer as Problem };
		return { ok: answer as Success<D> };
	} catch (error) {
		return { fault: error instanceof Fault ? error : new Fault('server') };
	}
}

// The first screen's data, asked for by its address alone, before the screen's own script has come.
import { getLocale } from '../paraglide/runtime';
import type { Operation } from './gql/operation';
import { execute } from './gql/transport';

const asked = new Map<string, Promise<unknown>>();
const keyOf = (name: string, variables: unknown) => `${name} ${JSON.stringify(variables)}`;

export function begin<D, V>(operation: Operation<D, V>, variables: V): void {
	const answer = execute(operation, variables, getLocale());
	answer.catch(() => undefined); // whoever takes it hears of the fault
	asked.set(keyOf(operation.name, variables), answer);
}

/** What was asked ahead, once: the next read asks anew. */
export function begun<D, V>(operation: Operation<D, V>, variables: V): Promise<D> | undefined {
	const key = keyOf(operation.name, variables);
	const answer = asked.get(key) as Promise<D> | undefined;
	asked.delete(key);
	return answer;
}

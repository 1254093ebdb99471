// Reads: what the phone knows is shown at once with its age, then renewed from the server.
import { getLocale } from '../paraglide/runtime';
import { begun } from './ahead';
import type { Operation } from './gql/operation';
import { execute, Fault } from './gql/transport';
import { net } from './net.svelte';
import { session } from './session.svelte';
import { database, type Kept } from './store';

const PUBLIC = new Set([
	'PopularServices',
	'Services',
	'Catalogue',
	'Service',
	'Places',
	'Opds',
	'Track',
	'VerifyLetter',
]);

/** Public answers are shared; everything else belongs to one person. */
function keyOf(name: string, variables: unknown): string {
	const owner = PUBLIC.has(name) ? 'public' : (session.person ?? 'nobody');
	return `${owner} ${getLocale()} ${name} ${JSON.stringify(variables)}`;
}

async function kept(key: string): Promise<Kept | undefined> {
	try {
		return await (await database()).get('reads', key);
	} catch {
		return undefined; // private mode without a database: the network alone serves
	}
}

/** Lay an answer down as if it had been read; used after a write that returns the new state. */
export async function keep<D, V>(operation: Operation<D, V>, variables: V, data: D): Promise<void> {
	const key = keyOf(operation.name, variables);
	try {
		await (await database()).put('reads', { key, data, at: Date.now() });
	} catch {
		// a full disk must not hide an answer
	}
}

export async function fetchOnce<D, V>(operation: Operation<D, V>, variables: V): Promise<D> {
	try {
		const data = await (begun(operation, variables) ?? execute(operation, variables, getLocale()));
		net.online = true;
		return data;
	} catch (error) {
		if (error instanceof Fault && error.kind === 'offline') net.online = false;
		if (error instanceof Fault && error.kind === 'login') session.lost();
		throw error;
	}
}

/** From the network, else from the phone. Never throws: undefined means neither had it. */
export async function fetchOrKept<D, V>(operation: Operation<D, V>, variables: V): Promise<D | undefined> {
	try {
		const data = await fetchOnce(operation, variables);
		await keep(operation, variables, data);
		return data;
	} catch {
		return (await kept(keyOf(operation.name, variables)))?.data as D | undefined;
	}
}

export async function keptOnly<D, V>(operation: Operation<D, V>, variables: V): Promise<D | undefined> {
	return (await kept(keyOf(operation.name, variables)))?.data as D | undefined;
}

export class Read<D> {
	data = $state.raw<D>();
	/** When the shown data came from the server, in milliseconds since 1970. */
	at = $state<number>();
	loading = $state(true);
	fault = $state.raw<Fault>();
	again: () => void = () => undefined;

	/** Show a newer answer, e.g. the one that a mutation returned. */
	set(data: D): void {
		this.data = data;
		this.at = Date.now();
	}
}

/** Read inside a component; runs again when the variables change. `undefined` variables read nothing. */
export function read<D, V>(operation: Operation<D, V>, variables: () => V | undefined): Read<D> {
	const state = new Read<D>();
	let turn = 0;

	async function load(given: V, fresh: boolean): Promise<void> {
		turn += 1;
		const mine = turn;
		state.loading = true;
		const key = keyOf(operation.name, given);
		// The network is asked before the phone's database has answered; what is kept is still shown first.
		const asking = fetchOnce(operation, given);
		asking.catch(() => undefined);
		const old = fresh ? await kept(key) : undefined;
		if (mine !== turn) return;
		if (fresh) {
			state.data = old?.data as D | undefined;
			state.at = old?.at;
			state.fault = undefined;
		}
		try {
			const data = await asking;
			if (mine !== turn) return;
			state.set(data);
			state.fault = undefined;
			await keep(operation, given, data);
		} catch (error) {
			if (mine === turn) state.fault = error instanceof Fault ? error : new Fault('server');
		}
		if (mine === turn) state.loading = false;
	}

	$effect(() => {
		const given = variables();
		if (given === undefined) return;
		state.again = () => void load(given, false);
		void load(given, true);
	});
	$effect(() => {
		const renew = () => state.fault?.kind === 'offline' && state.again();
		addEventListener('online', renew);
		return () => removeEventListener('online', renew);
	});
	return state;
}

// Reads: what the phone knows is shown at once with its age, then renewed from the server.
import { getLocale } from '../paraglide/runtime';
import { begun } from './ahead';
import { database, NOBODY, PUBLIC, type ReadRow } from './db';
import type { Operation } from './gql/operation';
import { execute, Fault } from './gql/transport';
import { net } from './net.svelte';
import { open, putRow, seal, sealedName } from './seal';
import { session } from './session.svelte';

/** What the city says to everybody. Whatever a person looked for, tracked or verified is that person's. */
const SHARED = new Set([
	'PopularServices',
	'Services',
	'Catalogue',
	'Service',
	'Places',
	'Opds',
	'Holidays',
	'OfficeBoard',
	'TravelRegions',
	'BudgetYears',
	'CityYear',
	'BudgetPlace',
	'BudgetLines',
	'ProposalsAt',
	'BudgetByKelurahan',
	'BudgetInKelurahan',
	'BudgetFigure',
	'BudgetComparison',
	'Revenue',
]);

type Kept<D> = { data: D; at: number };

/** Public answers are shared and lie open; everything else belongs to one person, and so does its name. */
async function nameOf(name: string, variables: unknown): Promise<{ owner: string; id: string }> {
	const text = `${getLocale()} ${name} ${JSON.stringify(variables)}`;
	if (SHARED.has(name) && !(variables as { search?: string }).search) {
		return { owner: PUBLIC, id: `${PUBLIC} ${text}` };
	}
	const owner = session.person ?? NOBODY;
	return { owner, id: await sealedName(owner, text) };
}

async function kept<D, V>(operation: Operation<D, V>, variables: V): Promise<Kept<D> | undefined> {
	try {
		const { owner, id } = await nameOf(operation.name, variables);
		const row = await (await database()).get('reads', id);
		if (!row) return undefined;
		const data = row.box ? await open<D>(owner, 'reads', id, row.box) : (row.data as D);
		return data === undefined ? undefined : { data, at: row.at };
	} catch {
		return undefined; // private mode without a database: the network alone serves
	}
}

/** Lay an answer down as if it had been read; used after a write that returns the new state. */
export async function keep<D, V>(operation: Operation<D, V>, variables: V, data: D): Promise<void> {
	try {
		const { owner, id } = await nameOf(operation.name, variables);
		const at = Date.now();
		if (owner === PUBLIC) await (await database()).put('reads', { id, owner, at, data } satisfies ReadRow);
		else await putRow('reads', { id, owner, at, box: await seal(owner, 'reads', id, data) });
	} catch {
		// a full disk, or an owner who has just left, must not hide an answer
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

/**
 * From the network, else from the phone.
 * @throws Fault when neither has it
 */
export async function fetchKept<D, V>(operation: Operation<D, V>, variables: V): Promise<D> {
	try {
		const data = await fetchOnce(operation, variables);
		await keep(operation, variables, data);
		return data;
	} catch (error) {
		const held = await kept(operation, variables);
		if (!held) throw error;
		return held.data;
	}
}

/** What lies on the phone, with its age; the network is not asked. */
export async function keptOnly<D, V>(operation: Operation<D, V>, variables: V): Promise<D | undefined> {
	return (await kept(operation, variables))?.data;
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
		// The network is asked before the phone's database has answered; what is kept is still shown first.
		const asking = fetchOnce(operation, given);
		asking.catch(() => undefined);
		// Asked again before anything was shown: what is kept is still better than nothing.
		const first = fresh || state.data === undefined;
		const old = first ? await kept(operation, given) : undefined;
		if (mine !== turn) return;
		if (first) {
			state.data = old?.data;
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

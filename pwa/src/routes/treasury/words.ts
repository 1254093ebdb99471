// What files of the budget and their states are called, and rupiah as they are typed.
import { longDate } from '../../lib/dates';
import type { BudgetFileKind, BudgetFileState } from '../../lib/gql/generated/types';
import { m } from '../../paraglide/messages';
import { stageName } from '../budget/stages';

export const kindText = (kind: BudgetFileKind): string =>
	({
		EXPENDITURE: m.treasury_kind_expenditure,
		CASH_PLAN: m.treasury_kind_cash_plan,
		REALISATION: m.treasury_kind_realisation,
		DJPK: m.treasury_kind_djpk,
	})[kind]();

export const stateText = (state: BudgetFileState): string =>
	({
		ARRIVING: m.treasury_arriving,
		WAITING: m.treasury_waiting,
		FAILED: m.treasury_failed,
		TRIAL: m.treasury_trial,
		REFUSED: m.treasury_refused,
		IN_FORCE: m.treasury_in_force,
		SUPERSEDED: m.treasury_superseded,
		CANCELLED: m.treasury_cancelled,
	})[state]();

/** A file of these kinds belongs to a stage of the budget; the figures of the others are of a day. */
export const isStaged = (kind: string): boolean => kind === 'EXPENDITURE' || kind === 'CASH_PLAN';

export function ofWhat(kind: BudgetFileKind, stage: string, year: number): string {
	return isStaged(kind) ? `${stageName(stage)} ${year}` : longDate(stage);
}

const PLAIN = /^\d{4,}\.\d{1,2}$/;
const MOST = 18;

/** Typed or pasted rupiah as the API wants them: `2.417.000.000,50` and `2417000000.50` are `2417000000.50`. */
export function plain(text: string): string {
	const trimmed = text.trim();
	const [whole = '', sen] = PLAIN.test(trimmed) ? trimmed.split('.') : trimmed.split(',');
	const digits = whole.replace(/\D/g, '').slice(0, MOST);
	const rest = sen?.replace(/\D/g, '').slice(0, 2);
	return rest ? `${digits || '0'}.${rest}` : digits;
}

/** The same with a mark between thousands, as one goes on typing. */
export function grouped(text: string): string {
	const [whole = '', sen] = plain(text).split('.');
	const open = text.trim().endsWith(',') ? ',' : '';
	return whole.replace(/\B(?=(\d{3})+$)/g, '.') + (sen ? `,${sen}` : open);
}

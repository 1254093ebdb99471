// How far a trip is, and rupiah, in words.
import type { TripState } from '../../lib/gql/generated/types';
import { m } from '../../paraglide/messages';
import { getLocale } from '../../paraglide/runtime';

const STATES: Record<TripState, () => string> = {
	REQUESTED: m.trip_requested,
	APPROVED: m.trip_approved,
	SIGNING: m.trip_signing,
	ORDERED: m.trip_ordered,
	REPORTED: m.trip_reported,
	REFUSED: m.trip_refused,
	CANCELLED: m.trip_cancelled,
};
export const stateText = (state: TripState): string => STATES[state]();

/** "Rp 1.500.000" */
export const rupiah = (amount: string): string =>
	`Rp ${new Intl.NumberFormat(getLocale() === 'id' ? 'id-ID' : 'en-GB').format(Number(amount))}`;

/** What was typed as an amount, as plain digits. */
export const digits = (typed: string): string => typed.replace(/[^0-9]/g, '');

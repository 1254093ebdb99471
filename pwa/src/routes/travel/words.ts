// How far a trip is, in words, and what was typed as an amount.
import type { TripState } from '../../lib/gql/generated/types';
import { m } from '../../paraglide/messages';

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

/** What was typed as an amount, as plain digits. */
export const digits = (typed: string): string => typed.replace(/[^0-9]/g, '');

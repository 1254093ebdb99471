// How a stand-in stands, in words.
import type { DelegationParts } from '../../lib/gql/generated/types';
import { m } from '../../paraglide/messages';

const states = {
	WAITING: m.standin_waiting,
	COMING: m.standin_coming,
	LIVE: m.standin_live,
	OVER: m.standin_over,
	REVOKED: m.standin_ended,
	LAPSED: m.standin_lapsed,
} as const;

export const stateText = (one: DelegationParts): string => states[one.state]();

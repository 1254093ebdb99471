// What the states of questions and proposals are called.
import type { HiddenWhy, ProposalForum, ProposalState } from '../../lib/gql/generated/types';
import { m } from '../../paraglide/messages';

const states: Record<ProposalState, () => string> = {
	PROPOSED: m.proposal_proposed,
	ACCEPTED: m.proposal_accepted,
	IN_BUDGET: m.proposal_in_budget,
	UNDER_WAY: m.proposal_under_way,
	DONE: m.proposal_done,
	REFUSED: m.proposal_refused,
};
const forums: Record<ProposalForum, () => string> = {
	RESIDENT: m.forum_resident,
	KELURAHAN: m.forum_kelurahan,
	KECAMATAN: m.forum_kecamatan,
};
const whys: Record<HiddenWhy, () => string> = {
	PERSONAL: m.hidden_personal,
	INSULT: m.hidden_insult,
	NOT_BUDGET: m.hidden_not_budget,
};
/** The way of a proposal that goes well, in order. */
export const WAY: readonly ProposalState[] = ['PROPOSED', 'ACCEPTED', 'IN_BUDGET', 'UNDER_WAY', 'DONE'];
export const HIDDEN_WHYS = Object.keys(whys) as HiddenWhy[];

export const stateName = (state: ProposalState): string => states[state]();
export const forumName = (forum: ProposalForum): string => forums[forum]();
export const whyName = (why: HiddenWhy): string => whys[why]();

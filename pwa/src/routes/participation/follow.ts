// Beginning and ending to follow a place of the budget or a kelurahan.
import { FollowBudget, UnfollowBudget } from '../../lib/gql/generated/participation';
import type { FollowBudgetInput, FollowParts } from '../../lib/gql/generated/types';
import { type Acted, act } from '../../lib/outbox/outbox.svelte';

/** A place of a year's budget, as somebody may begin to follow it. */
export type Spot = { opdCode: string; code: string; name: string; year: number };

type What = Omit<FollowBudgetInput, 'idempotencyKey'>;

/** Follow, or (`wanted` false) no longer; the answer holds everything that is followed now. */
export function follow(
	wanted: boolean,
	what: What,
	title: string,
): Promise<Acted<{ follows?: FollowParts[] }>> {
	const about = { title, number: '' };
	return wanted ? act(FollowBudget, what, about) : act(UnfollowBudget, what, about);
}

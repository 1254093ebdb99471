// What the stages of a year's budget are called.
import { m } from '../../paraglide/messages';

export function stageName(stage: string): string {
	if (stage === 'murni') return m.budget_stage_first();
	if (stage === 'perubahan') return m.budget_stage_revised();
	return m.budget_stage_shift({ n: stage.replace('pergeseran-', '') });
}

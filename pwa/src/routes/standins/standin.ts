// Who was chosen to stand in, and by which order: one that Lugas draws, or one that was issued on paper.
import type { Faults } from '../../lib/validate';
import { m } from '../../paraglide/messages';
import { today } from './when';

export type Chosen = { receiverId: string; paper: boolean; letterNumber: string; letterDate: string };

export const nobody = (): Chosen => ({ receiverId: '', paper: false, letterNumber: '', letterDate: today() });

export function wrongIn(chosen: Chosen): Faults {
	const found: Faults = {};
	if (chosen.receiverId === '') found.receiver = m.choose_one({ label: m.standin_who() });
	if (chosen.paper && chosen.letterNumber.trim().length < 5) found.letterNumber = m.standin_letter_missing();
	if (chosen.paper && chosen.letterDate === '')
		found.letterDate = m.choose_one({ label: m.standin_letter_date() });
	return found;
}

/** As the API takes it. */
export const given = ({ receiverId, paper, letterNumber, letterDate }: Chosen) =>
	paper ? { receiverId, letterNumber, letterDate } : { receiverId, letterNumber: null, letterDate: null };

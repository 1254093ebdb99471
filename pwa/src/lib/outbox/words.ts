// What an entry of the outbox is called, why it waits, and where its screen is.
import { m } from '../../paraglide/messages';
import type { ActionName } from '../gql/generated/types';
import { net } from '../net.svelte';
import type { Entry, WriteName } from '../store';

const KINDS: Record<WriteName, () => string> = {
	SubmitApplication: m.kind_apply,
	SubmitAssistedApplication: m.kind_apply,
	AnswerReturn: m.kind_answer,
	WithdrawApplication: m.kind_withdraw,
	UpdateProfile: m.kind_profile,
	TakeApplication: m.act_take,
	ReleaseApplication: m.act_release,
	ReturnApplication: m.act_return,
	ForwardApplication: m.act_forward,
	ApproveApplication: m.act_approve,
	RejectApplication: m.act_reject,
	SendBackApplication: m.act_send_back,
	RevokeLetter: m.act_revoke_letter,
	ReplaceLetter: m.act_replace_letter,
	RevokeOrder: m.act_revoke_letter,
	ReplaceOrder: m.act_replace_letter,
	SignLetters: m.kind_letters,
	RevokeDevice: m.log_out_device,
	GrantDelegation: m.kind_standin,
	RevokeDelegation: m.kind_standin,
	GoAway: m.kind_away,
	ComeBack: m.kind_away,
	SaveMilestone: m.progress,
	RequestTrip: m.kind_trip,
	ApproveTrip: m.kind_trip,
	RefuseTrip: m.kind_trip,
	CancelTrip: m.kind_trip,
	ReportTrip: m.kind_trip,
	FollowBudget: m.follow,
	UnfollowBudget: m.follow_end,
	AskAgain: m.ask_again_title,
	MendAnswer: m.answer_mend,
	AskQuestion: m.ask_title,
	AnswerQuestion: m.answer_title,
	HideQuestion: m.hide_title,
	Propose: m.propose,
	SupportProposal: m.support,
	MoveProposal: m.proposal_step,
	ReadNotices: m.notices,
};
const ABOUT_STAND_INS = { GrantDelegation: 1, RevokeDelegation: 1, GoAway: 1, ComeBack: 1 };
const RESIDENT = new Set<WriteName>(['AnswerReturn', 'WithdrawApplication']);

export const kindOf = (entry: Entry): string => KINDS[entry.write]();

/** The act that a write is, as a case names what may be done with it. */
export const ACTS: Partial<Record<WriteName, ActionName>> = {
	AnswerReturn: 'ANSWER',
	WithdrawApplication: 'WITHDRAW',
	TakeApplication: 'TAKE',
	ReleaseApplication: 'RELEASE',
	ReturnApplication: 'RETURN',
	ForwardApplication: 'FORWARD',
	ApproveApplication: 'APPROVE',
	RejectApplication: 'REJECT',
	SendBackApplication: 'SEND_BACK',
};

/** An application, for oneself or for somebody helped. */
export const isSubmit = (entry: Entry): boolean => /^Submit/.test(entry.write);

/** Sent by a resident from the resident's own screen of the case, not by an office. */
export const isResidents = (entry: Entry): boolean => RESIDENT.has(entry.write);

/** What was written with the act, so that nobody has to write it twice. */
export function typedIn(entry: Entry): string {
	const { reason, text, answer, returns } = entry.input as {
		reason?: string;
		text?: string;
		answer?: string;
		returns?: { reason: string }[];
	};
	return reason ?? text ?? answer ?? returns?.map((one) => one.reason).join(' · ') ?? '';
}

/** What it waits for, in words. */
export function reasonOf(entry: Entry): string {
	if (entry.waitsFor === 'login') return m.waits_login();
	if (!net.online || entry.waitsFor === 'signal') return m.waits_signal();
	return entry.waitsFor === 'server' ? m.waits_server() : m.waits_turn();
}

/** The screen of what it is about; undefined when there is none but the outbox. */
export function hrefOf(entry: Entry): string | undefined {
	if (entry.write === 'SubmitApplication' || entry.write === 'SubmitAssistedApplication')
		return `/permohonan/${entry.number}/terima`;
	if (entry.write === 'UpdateProfile') return '/akun/profil';
	if (entry.write === 'SignLetters') return '/tanda-tangan';
	if (entry.write in ABOUT_STAND_INS) return '/pengganti';
	if (/Trip$/.test(entry.write)) return '/perjalanan';
	if (/Propos/.test(entry.write)) return '/usulan';
	if (/Question$|^AskAgain$|^MendAnswer$/.test(entry.write))
		return entry.write.startsWith('Ask') ? '/diikuti' : '/pertanyaan';
	if (/Budget$/.test(entry.write)) return '/diikuti';
	if (entry.number === '') return undefined;
	return RESIDENT.has(entry.write) ? `/permohonan/${entry.number}` : `/berkas/${entry.number}`;
}

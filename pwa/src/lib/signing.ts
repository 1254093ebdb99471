// Signing on the phone: what is approved is prepared while the letter is read, so that one finger is all that is left.
import { PrepareSigning, SignLetters } from './gql/generated/passkeys';
import type { PrepareSigningData, SignLettersData } from './gql/generated/types';
import { Fault } from './gql/transport';
import { type Acted, act } from './outbox/outbox.svelte';
import { answer, Declined } from './passkey';
import { type Outcome, type Success, send } from './send';

/** A letter that was opened on this phone, with what was seen of it. */
export type Seen = { letterId: string; version: number; sha256: string };
export type Prepared = Success<PrepareSigningData>;
export type Signed = Success<SignLettersData>;
type Extra = { reason?: string; passphrase?: string };

export function prepare(letters: Seen[], ahead = false): Promise<Outcome<Prepared>> {
	const seen = letters.map(({ letterId, sha256 }) => ({ letterId, sha256 }));
	return send(PrepareSigning, { letters: seen, ahead });
}

/** Whether it may still be approved, by this phone's clock; a few seconds are left for the finger. */
export const stands = (prepared: Prepared): boolean => Date.parse(prepared.expiresAt) > Date.now() + 10_000;

/**
 * Ask for the finger (twice where it must be) and send what it approved. Without a signal the approval waits in the
 * outbox. A passphrase goes only with this one request and is never laid down.
 */
export async function approve(
	prepared: Prepared,
	letters: Seen[],
	title: string,
	extra: Extra = {},
): Promise<Acted<Signed> & { declined?: boolean }> {
	try {
		const assertion = await answer(prepared.options);
		const second = prepared.secondOptions ? await answer(prepared.secondOptions) : null;
		const input = { intentId: prepared.intentId, assertion, second, reason: extra.reason ?? '', letters };
		if (extra.passphrase) return send(SignLetters, { ...input, passphrase: extra.passphrase });
		return await act(SignLetters, input, { title, number: '' });
	} catch (error) {
		if (error instanceof Declined) return { declined: true };
		return { fault: error instanceof Fault ? error : new Fault('server') };
	}
}

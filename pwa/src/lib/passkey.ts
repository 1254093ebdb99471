// Finger, face or PIN of this phone (WebAuthn): logging in, adding a passkey, approving what is signed. Loaded when needed.
import { startAuthentication, startRegistration, WebAuthnError } from '@simplewebauthn/browser';
import { AddPasskey, AskPasskey, AskPasskeyLogIn, PasskeyLogIn } from './gql/generated/passkeys';
import type { AssertionInput } from './gql/generated/types';
import { type Outcome, send } from './send';
import { session } from './session.svelte';

/** The person did not put the finger on it, or this phone has no passkey that fits. */
export class Declined extends Error {
	constructor() {
		super('the passkey was not used');
		this.name = 'Declined';
	}
}

async function asked<T>(ceremony: Promise<T>): Promise<T> {
	try {
		return await ceremony;
	} catch (error) {
		if (error instanceof WebAuthnError || error instanceof DOMException || error instanceof Error)
			throw new Declined();
		throw error;
	}
}

/** The answer to WebAuthn options that came as JSON. */
export async function answer(options: string): Promise<AssertionInput> {
	const made = await asked(startAuthentication({ optionsJSON: JSON.parse(options) }));
	const { authenticatorData, clientDataJSON, signature, userHandle } = made.response;
	return {
		id: made.id,
		authenticatorData,
		clientDataJson: clientDataJSON,
		signature,
		userHandle: userHandle ?? null,
	};
}

type Done = Outcome<unknown> & { declined?: boolean };

/** Log in; nothing is typed. */
export async function logIn(): Promise<Done> {
	const begun = await send(AskPasskeyLogIn, {});
	if (!begun.ok) return begun;
	try {
		const assertion = await answer(begun.ok.options);
		return await session.change(async () => {
			const outcome = await send(PasskeyLogIn, { challengeId: begun.ok.challengeId, assertion });
			if (outcome.ok) await session.enter(outcome.ok.viewer);
			return outcome;
		});
	} catch (error) {
		if (error instanceof Declined) return { declined: true };
		throw error;
	}
}

/** Make a passkey on this phone and have the city keep its public half. */
export async function addPasskey(name: string): Promise<Done> {
	const begun = await send(AskPasskey, {});
	if (!begun.ok) return begun;
	try {
		const made = await asked(startRegistration({ optionsJSON: JSON.parse(begun.ok.options) }));
		const outcome = await send(AddPasskey, {
			challengeId: begun.ok.challengeId,
			id: made.id,
			clientDataJson: made.response.clientDataJSON,
			attestationObject: made.response.attestationObject,
			transports: made.response.transports ?? [],
			name,
		});
		if (outcome.ok) await session.enter(outcome.ok.viewer);
		return outcome;
	} catch (error) {
		if (error instanceof Declined) return { declined: true };
		throw error;
	}
}

/** What a passkey made here is called until the person says otherwise. */
export function deviceName(): string {
	const systems = ['Android', 'iPhone', 'iPad', 'Windows', 'Mac', 'Linux'];
	return systems.find((one) => navigator.userAgent.includes(one)) ?? 'HP';
}

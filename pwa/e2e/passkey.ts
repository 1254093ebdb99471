// A phone with a finger: Chromium's virtual authenticator (CDP), with a passkey of its own or one made earlier.
import { readFileSync, writeFileSync } from 'node:fs';
import type { CDPSession, Page } from '@playwright/test';
import { stateOf } from './people';

const fileOf = (phone: string) => stateOf(phone).replace('.json', '.passkey.json');

export class Finger {
	private constructor(
		readonly cdp: CDPSession,
		readonly id: string,
	) {}

	/** A platform authenticator that holds discoverable passkeys and verifies its person at once. */
	static async on(page: Page): Promise<Finger> {
		const cdp = await page.context().newCDPSession(page);
		await cdp.send('WebAuthn.enable');
		const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
			options: {
				protocol: 'ctap2',
				transport: 'internal',
				hasResidentKey: true,
				hasUserVerification: true,
				isUserVerified: true,
				automaticPresenceSimulation: true,
			},
		});
		return new Finger(cdp, authenticatorId);
	}

	/** With the passkey that this person made when the tests began. */
	static async of(page: Page, phone: string): Promise<Finger> {
		const finger = await Finger.on(page);
		const credential = JSON.parse(readFileSync(fileOf(phone), 'utf8'));
		// The counter goes on from where any earlier test may have left it.
		const signCount = Math.floor(Date.now() / 100) % 2 ** 31;
		await finger.cdp.send('WebAuthn.addCredential', {
			authenticatorId: finger.id,
			credential: { ...credential, signCount },
		});
		return finger;
	}

	async keep(phone: string): Promise<void> {
		const { credentials } = await this.cdp.send('WebAuthn.getCredentials', { authenticatorId: this.id });
		writeFileSync(fileOf(phone), JSON.stringify(credentials[0]));
	}

	/** Whether the finger fits. */
	async verifies(isUserVerified: boolean): Promise<void> {
		await this.cdp.send('WebAuthn.setUserVerified', { authenticatorId: this.id, isUserVerified });
	}
}

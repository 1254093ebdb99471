// Who holds the phone. The cookie is httpOnly; what is kept here only decides what to show.
import { getLocale } from '../paraglide/runtime';
import { LogOut, Me } from './gql/generated/people';
import type { RoleName, ViewerParts } from './gql/generated/types';
import { execute, Fault } from './gql/transport';
import { forgetPerson, recall, remember } from './store';

class Session {
	viewer = $state.raw<ViewerParts | null>(null);
	/** False until the phone knows whether someone is logged in. */
	known = $state(false);

	get person(): string | undefined {
		return this.viewer?.id;
	}

	role(role: RoleName): boolean {
		return this.viewer?.roles.some((held) => held.role === role) ?? false;
	}

	get officer(): boolean {
		return this.role('OFFICER');
	}

	get head(): boolean {
		return this.role('HEAD');
	}

	/** First what the phone remembers, then what the server says. */
	async start(): Promise<void> {
		const held = await recall<ViewerParts>('viewer').catch(() => undefined);
		if (held) {
			this.viewer = held;
			this.known = true;
		}
		await this.refresh();
		this.known = true;
	}

	async refresh(): Promise<void> {
		try {
			const { me } = await execute(Me, {}, getLocale());
			if (me) await this.enter(me);
			else this.lost();
		} catch (error) {
			if (error instanceof Fault && error.kind === 'login') this.lost();
		}
	}

	async enter(viewer: ViewerParts): Promise<void> {
		const before = await recall<string>('person').catch(() => undefined);
		// The phone changed hands: the next person sees nothing of the one before, whose unsent writes wait for them.
		if (before && before !== viewer.id) await forgetPerson(before, true);
		this.viewer = viewer;
		await remember('person', viewer.id);
		await remember('viewer', viewer);
	}

	/** The server no longer knows the cookie. What waits in the outbox stays, under its owner. */
	lost(): void {
		this.viewer = null;
		void remember('viewer', undefined).catch(() => undefined);
	}

	/** Returns false when the server could not be told; then nothing is wiped. */
	async leave(): Promise<boolean> {
		try {
			await execute(LogOut, { input: { idempotencyKey: crypto.randomUUID() } }, getLocale());
		} catch (error) {
			if (!(error instanceof Fault && error.kind === 'login')) return false;
		}
		if (this.viewer) await forgetPerson(this.viewer.id);
		this.viewer = null;
		return true;
	}
}
export const session = new Session();

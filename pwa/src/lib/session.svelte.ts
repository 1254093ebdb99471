// Who holds the phone. The cookie is httpOnly; what is kept here only decides what to show.
import { getLocale } from '../paraglide/runtime';
import { remember } from './db';
import { LogOut, Me } from './gql/generated/people';
import type { RoleName, ViewerParts } from './gql/generated/types';
import { execute, Fault } from './gql/transport';
import { alone } from './outbox/alone';
import { lastOwner, own, recallViewer, wipe } from './owner';

/** Tells the other tabs of this phone who is here now. */
const tabs = new BroadcastChannel('lugas-session');
/** Whoever shows the outbox looks again. */
const outboxes = new BroadcastChannel('lugas-outbox');

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
		tabs.onmessage = ({ data }) => {
			// Nothing of who has left stays on any screen.
			if (data === 'left') location.replace('/');
			else void recallViewer<ViewerParts>().then((viewer) => (this.viewer = viewer ?? this.viewer));
		};
		const held = await recallViewer<ViewerParts>().catch(() => undefined);
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

	/** This person holds the phone. Throws nothing: a phone that can keep nothing is used as long as it is open. */
	async enter(viewer: ViewerParts): Promise<void> {
		const before = this.viewer?.id;
		await own(viewer.id, viewer).catch(() => undefined);
		this.viewer = viewer;
		if (before !== viewer.id) tabs.postMessage('entered');
	}

	/** Log in by `prove` while nothing is being sent: a write never travels under somebody else's session. */
	async change<T>(prove: () => Promise<T>): Promise<T> {
		return alone(prove);
	}

	/** The server no longer knows the cookie. What lies here stays, under its owner's seal, until they log in. */
	lost(): void {
		this.viewer = null;
		void remember('viewer', undefined)
			.then(() => outboxes.postMessage('changed'))
			.catch(() => undefined);
	}

	/**
	 * End the session and wipe what lies here, also of someone whose session ended long ago. Returns false when the
	 * server could not be told; then nothing is wiped.
	 */
	async leave(): Promise<boolean> {
		try {
			await execute(LogOut, { input: { idempotencyKey: crypto.randomUUID() } }, getLocale());
		} catch (error) {
			if (!(error instanceof Fault && error.kind === 'login')) return false;
		}
		await wipe(await lastOwner());
		await closeNotices();
		this.viewer = null;
		tabs.postMessage('left');
		return true;
	}
}

/** What was pushed to this person stands on the lock screen no longer. */
async function closeNotices(): Promise<void> {
	const registration = await navigator.serviceWorker?.getRegistration().catch(() => undefined);
	for (const notice of (await registration?.getNotifications().catch(() => [])) ?? []) notice.close();
	await navigator.clearAppBadge?.().catch(() => undefined);
}
export const session = new Session();

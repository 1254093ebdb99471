// Unread notices: the number on the app's icon, a line in the app where push cannot reach, and a fresh subscription.
import { type PushState, pushState, refreshPush } from './push';
import { saver } from './saver.svelte';
import { session } from './session.svelte';

const LOOK_AGAIN_MS = 120_000;
/** The first screen comes first. */
const FIRST_LOOK_MS = 2000;
type Badged = { setAppBadge?(count?: number): Promise<void>; clearAppBadge?(): Promise<void> };

class News {
	unread = $derived(session.viewer?.unreadNotices ?? 0);
	/** Undefined until it is known whether this browser is woken by push. */
	push = $state.raw<PushState>();
	/** Something is new, and no push has told it. */
	untold = $derived(this.unread > 0 && this.push !== undefined && this.push !== 'on');
	#looked = 0;

	/** What push would have brought is asked for, while the app is seen. */
	async look(): Promise<void> {
		if (!session.viewer || document.visibilityState !== 'visible') return;
		if (Date.now() - this.#looked < LOOK_AGAIN_MS / 2) return;
		this.#looked = Date.now();
		await session.refresh();
	}

	async freshen(devices: number): Promise<void> {
		await refreshPush(devices).catch(() => undefined);
		this.push = await pushState().catch((): PushState => 'unsupported');
	}

	/** Inside the app's root component. */
	start(): void {
		$effect(() => {
			const badged = navigator as Badged;
			if (!session.known) return;
			const told = this.unread > 0 ? badged.setAppBadge?.(this.unread) : badged.clearAppBadge?.();
			told?.catch(() => undefined);
		});
		let fresh = false;
		$effect(() => {
			if (!session.viewer || fresh) return;
			fresh = true;
			this.#looked = Date.now();
			setTimeout(() => void this.freshen(session.viewer?.pushDevices ?? 0), FIRST_LOOK_MS);
		});
		$effect(() => {
			const look = () => void this.look();
			const timer = saver.on ? undefined : setInterval(look, LOOK_AGAIN_MS);
			document.addEventListener('visibilitychange', look);
			return () => {
				clearInterval(timer);
				document.removeEventListener('visibilitychange', look);
			};
		});
	}
}
export const news = new News();

// Keeps what a screen shows up to date while it is open; the socket's code comes only when a screen wants it.
import type { Topic } from './live';
import { saver } from './saver.svelte';

/** Inside a component: call `heard` whenever the topic may have changed. `undefined` follows nothing. */
export function following(topic: () => Topic | undefined, heard: () => void): void {
	$effect(() => {
		const wanted = topic();
		if (wanted === undefined || saver.on) return;
		let stop: (() => void) | undefined;
		let gone = false;
		void import('./live').then(
			({ follow }) => {
				if (!gone) stop = follow(wanted, heard);
			},
			() => undefined, // without a network there is nothing to follow
		);
		return () => {
			gone = true;
			stop?.();
		};
	});
}

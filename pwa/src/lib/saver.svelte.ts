// Saving data: no pictures, nothing fetched ahead, no live line; the phone decides unless the person does.

import { SAVER_KEY } from './saving';

export type Saving = 'auto' | 'on' | 'off';
type Connection = EventTarget & { saveData?: boolean };
const connection = (globalThis.navigator as { connection?: Connection } | undefined)?.connection;

class Saver {
	chosen = $state<Saving>('auto');
	/** What the phone itself asks for (Android's data saver). */
	wanted = $state(connection?.saveData === true);
	on = $derived(this.chosen === 'auto' ? this.wanted : this.chosen === 'on');

	constructor() {
		const kept = globalThis.localStorage?.getItem(SAVER_KEY);
		if (kept === 'on' || kept === 'off') this.chosen = kept;
		connection?.addEventListener?.('change', () => {
			this.wanted = connection.saveData === true;
		});
	}

	choose(saving: Saving): void {
		this.chosen = saving;
		if (saving === 'auto') localStorage.removeItem(SAVER_KEY);
		else localStorage.setItem(SAVER_KEY, saving);
	}
}
export const saver = new Saver();

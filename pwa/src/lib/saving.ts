// Whether data is to be saved, as far as it can be known before any screen is there.

type Connection = { saveData?: boolean };
export const SAVER_KEY = 'lugas-saver';

/** What the person chose, else what the phone itself asks for (Android's data saver). */
export function savesData(): boolean {
	const chosen = globalThis.localStorage?.getItem(SAVER_KEY);
	if (chosen === 'on' || chosen === 'off') return chosen === 'on';
	return (navigator as { connection?: Connection }).connection?.saveData === true;
}

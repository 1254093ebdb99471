// Asks the browser to keep what lies on the phone: at the first form, when there is something to lose.

let asked = false;

/** Chromium decides in silence; Firefox asks the person, so it is never asked before something is filled in. */
export function keepStorage(): void {
	if (asked) return;
	asked = true;
	void navigator.storage?.persist?.().catch(() => undefined);
}

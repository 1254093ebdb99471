// Installing the app: the browser says when it may be offered; iPhones need it said in words.

type InstallEvent = Event & { prompt(): Promise<void> };

class Install {
	possible = $state(false);
	/** An iPhone or iPad (which calls itself a Mac) in a browser tab: Safari empties it after 7 days without a visit. */
	readonly apple =
		(/iPhone|iPad/.test(navigator.userAgent) ||
			(/Macintosh/.test(navigator.userAgent) && navigator.maxTouchPoints > 1)) &&
		!matchMedia('(display-mode: standalone)').matches;
	#event: InstallEvent | undefined;

	start(): void {
		addEventListener('beforeinstallprompt', (event) => {
			event.preventDefault();
			this.#event = event as InstallEvent;
			this.possible = true;
		});
		addEventListener('appinstalled', () => {
			this.possible = false;
		});
	}

	async ask(): Promise<void> {
		this.possible = false;
		await this.#event?.prompt();
	}
}
export const install = new Install();

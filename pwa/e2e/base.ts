// Every test also fails when the app throws or the browser complains (a broken content policy, a failed script),
// and leaves no phone of its own open: its live lines and timers would take the next test's time.
import { test as plain } from '@playwright/test';

export { expect } from '@playwright/test';

const EXPECTED = /Failed to load resource|net::ERR_/;

export const test = plain.extend<{ quiet: string[] }>({
	quiet: [
		async ({ browser, context }, use) => {
			const complaints: string[] = [];
			context.on('weberror', (error) => complaints.push(error.error().stack ?? error.error().message));
			context.on('console', (message) => {
				if (message.type() === 'error' && !EXPECTED.test(message.text())) complaints.push(message.text());
			});
			await use(complaints);
			for (const left of browser.contexts()) if (left !== context) await left.close();
			if (complaints.length > 0) throw new Error(`the browser complained:\n${complaints.join('\n')}`);
		},
		{ auto: true },
	],
});

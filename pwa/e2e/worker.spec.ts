// The service worker alone: the app is closed, and what waits is still delivered.
import { Track } from '../src/lib/gql/generated/catalogue';
import { expect, test } from './base';
import { fillApplication, resident, sendApplication } from './people';

test('with the app closed the worker delivers the application, once', async ({ page, context, baseURL }) => {
	test.setTimeout(180_000);
	await resident(page);
	await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
	const other = await context.newPage();
	await other.goto('/icons/mark.svg');
	const devtools = await context.newCDPSession(other);
	const registered = new Promise<string>((done) => {
		devtools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
			const [first] = registrations;
			if (first) done(first.registrationId);
		});
	});
	await devtools.send('ServiceWorker.enable');
	const registrationId = await registered;

	await fillApplication(page);
	await context.setOffline(true);
	const number = await sendApplication(page);
	await expect(page.getByText('Menunggu sinyal')).toBeVisible();
	await page.close();
	await context.setOffline(false);

	const origin = new URL(baseURL ?? '').origin;
	const known = async () => {
		const extensions = { persistedQuery: { version: 1, sha256Hash: Track.sha256 } };
		const answer = await context.request.post('/graphql', {
			headers: { origin },
			data: { operationName: 'Track', variables: { number }, extensions },
		});
		return (await answer.json()).data.track?.numberText !== undefined;
	};
	expect(await known()).toBe(false);
	await devtools.send('ServiceWorker.dispatchSyncEvent', {
		origin,
		registrationId,
		tag: 'lugas-outbox',
		lastChance: false,
	});
	await expect.poll(known, { timeout: 30_000 }).toBe(true);
	const again = await context.newPage();
	await again.goto('/permohonan');
	await expect(again.locator('main .list a')).toHaveCount(1);
});

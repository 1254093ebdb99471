// What a passkey signs and what it does not, in a real browser; and the head's way from the push to the signed letter.
import { type Browser, type Page, expect as plain } from '@playwright/test';
import { expect, test } from './base';
import { age } from './commands';
import { act, finger, openLetter, prepare, sign, waitingLetters } from './letters';
import { Finger } from './passkey';
import { HEAD, resident, staff } from './people';

async function headAt(browser: Browser, path: string): Promise<{ head: Page; authenticator: Finger }> {
	const head = await (await staff(browser, HEAD)).newPage();
	const authenticator = await Finger.of(head, HEAD);
	await head.goto(path);
	return { head, authenticator };
}

const signed = { __typename: 'LettersSigned', outcomes: [{ problem: null }] };
/** The same answer with one bit of a part flipped. */
const bent = (text: string) => `${text.slice(0, 20)}${text[20] === 'A' ? 'B' : 'A'}${text.slice(21)}`;

test('the cases of the threats table, each with its exact answer', async ({ browser }) => {
	test.setTimeout(240_000);
	const numbers = await waitingLetters(browser, 7);
	const { head, authenticator } = await headAt(browser, '/lacak');
	const letters = [];
	for (const number of numbers) letters.push(await openLetter(head, number));
	const [one, two, three, four, ...batch] = letters;
	if (!one || !two || !three || !four) throw new Error('too few letters');

	// 1. honest; 2. the same answer again
	const first = await prepare(head, [one]);
	const honest = await finger(head, first.options);
	plain(await sign(head, first.intentId, honest, [one])).toEqual(signed);
	plain(await sign(head, first.intentId, honest, [one])).toMatchObject({
		__typename: 'Conflict',
		code: 'intent_used',
	});
	// 3. an old answer for a new intent; 4. the answer for one letter used for another
	const second = await prepare(head, [two]);
	plain(await sign(head, second.intentId, honest, [two])).toMatchObject({
		__typename: 'NotAllowed',
		code: 'approval_unproven',
	});
	const third = await prepare(head, [two]);
	const forTwo = await finger(head, third.options);
	plain(await sign(head, third.intentId, forTwo, [three])).toMatchObject({
		outcomes: [{ problem: { code: 'not_approved' } }],
	});
	// 5. the case changed after the letter was opened
	const fourth = await prepare(head, [four]);
	const forFour = await finger(head, fourth.options);
	await act(
		head,
		'sendBackApplication',
		'ReasonedCaseActionInput',
		'... on ApplicationChanged { application { id } }',
		{ applicationId: four.applicationId, version: four.version, reason: 'Nama belum sama dengan KTP.' },
	);
	plain((await sign(head, fourth.intentId, forFour, [four])).outcomes[0].problem.code).toBe('stale_version');
	// 6. the intent is past its time, and stays unused
	const sixth = await prepare(head, [two]);
	const late = await finger(head, sixth.options);
	age('intent', sixth.intentId);
	for (const again of [late, late])
		plain(await sign(head, sixth.intentId, again, [two])).toMatchObject({
			__typename: 'Conflict',
			code: 'intent_expired',
		});
	// 7. a bent signature
	const seventh = await prepare(head, [two]);
	const answer = await finger(head, seventh.options);
	plain(
		await sign(head, seventh.intentId, { ...answer, signature: bent(answer.signature) }, [two]),
	).toMatchObject({ code: 'approval_unproven' });
	// 8. the finger does not fit; 9. and a page that asks for none gets nowhere
	await authenticator.verifies(false);
	const eighth = await prepare(head, [two]);
	plain(await finger(head, eighth.options)).toBe('NotAllowedError');
	const careless = await finger(head, eighth.options, { userVerification: 'discouraged' });
	plain(await sign(head, eighth.intentId, careless, [two])).toMatchObject({
		__typename: 'NotAllowed',
		code: 'approval_unproven',
	});
	await authenticator.verifies(true);
	// 11. many letters, one answer
	const many = await prepare(head, batch);
	const forAll = await finger(head, many.options);
	plain(await sign(head, many.intentId, forAll, batch)).toEqual({
		__typename: 'LettersSigned',
		outcomes: batch.map(() => ({ problem: null })),
	});
	// 12. two commits at once
	const twelfth = await prepare(head, [two]);
	const raced = await finger(head, twelfth.options);
	const both = await Promise.all([1, 2].map(() => sign(head, twelfth.intentId, raced, [two])));
	plain(both.map((found) => found.code ?? found.__typename).sort()).toEqual(['LettersSigned', 'intent_used']);
	// 10. another origin
	const last = await prepare(head, [three]);
	const elsewhere = await head.context().newPage();
	await Finger.of(elsewhere, HEAD);
	await elsewhere.goto(`${process.env.LUGAS_E2E_URL ?? ''}/lacak`.replace('localhost', '127.0.0.1'));
	plain(await finger(elsewhere, last.options)).toBe('SecurityError');
	await head.context().close();
});

test('from the push to the signed letter: three touches, under 15 seconds on a 4G line', async ({
	browser,
}) => {
	test.setTimeout(180_000);
	const [number = ''] = await waitingLetters(browser, 1);
	const { head } = await headAt(browser, '/kabar');
	const notice = head.locator(`main a[href="/tanda-tangan?surat=${number}"]`);
	await expect(async () => {
		await head.reload();
		await expect(notice.first()).toBeVisible({ timeout: 4000 });
	}).toPass({ timeout: 60_000 });
	const cdp = await head.context().newCDPSession(head);
	await cdp.send('Network.emulateNetworkConditions', {
		offline: false,
		latency: 60,
		downloadThroughput: 1_125_000,
		uploadThroughput: 375_000,
	});
	let touches = 0;
	const touch = async (what: ReturnType<Page['locator']>) => {
		touches += 1;
		await what.click();
	};
	const began = Date.now();
	await touch(notice.first()); // what a touch on the push opens
	await touch(head.getByRole('dialog').getByRole('button', { name: 'Tanda tangani surat ini' }));
	touches += 1; // the finger
	await expect(head.getByText('Sudah ditandatangani')).toBeVisible();
	const seconds = (Date.now() - began) / 1000;
	console.log(JSON.stringify({ touches, push_to_signed_s: seconds }));
	expect(touches).toBeLessThanOrEqual(3);
	expect(seconds).toBeLessThanOrEqual(15);
	await head.context().close();
});

test('without a signal a letter is read and decided; it is signed at the next contact, or refused in words', async ({
	browser,
}) => {
	test.setTimeout(240_000);
	const [kept = '', moved = ''] = await waitingLetters(browser, 2);
	const { head } = await headAt(browser, '/lacak');
	const other = await openLetter(head, moved);
	await openLetter(head, kept);
	const held = head.waitForResponse(
		(answer) => answer.request().postData()?.includes('"PrepareSigning"') ?? false,
	);
	await head.goto('/tanda-tangan');
	await held;
	await head.waitForTimeout(6000);
	await head.context().setOffline(true);
	for (const number of [kept, moved]) {
		await head.goto(`/tanda-tangan?surat=${number}`).catch(() => undefined);
		const sheet = head.getByRole('dialog');
		await expect(sheet.getByRole('link', { name: 'Buka PDF' })).toBeVisible();
		await sheet.getByRole('button', { name: 'Tanda tangani surat ini' }).click();
		await expect(head.getByText('belum terkirim').first()).toBeVisible({ timeout: 20_000 });
	}
	// Meanwhile the other case goes back to the officers from another phone.
	const elsewhere = await (await staff(browser, HEAD)).newPage();
	await elsewhere.goto('/lacak');
	await act(
		elsewhere,
		'sendBackApplication',
		'ReasonedCaseActionInput',
		'... on ApplicationChanged { application { id } }',
		{ applicationId: other.applicationId, version: other.version, reason: 'Nama belum sama dengan KTP.' },
	);
	await head.context().setOffline(false);
	await head.goto('/kiriman');
	await expect(head.getByText('Perlu Anda').first()).toBeVisible({ timeout: 30_000 });
	await elsewhere.goto(`/berkas/${kept}`);
	await expect(elsewhere.getByText(/ditandatangani|terbit/i).first()).toBeVisible({ timeout: 30_000 });
	await head.context().close();
});

test('a resident adds a passkey and comes back with it, typing nothing', async ({ page }) => {
	test.setTimeout(120_000);
	await Finger.on(page);
	await resident(page, 'Wulan Sari');
	await page.goto('/akun/kunci');
	await page.getByRole('button', { name: 'Tambahkan kunci sandi' }).click();
	await expect(page.getByText('Kunci sandi tersimpan.')).toBeVisible();
	await page.goto('/akun');
	await page.getByRole('button', { name: 'Keluar', exact: true }).click();
	await page
		.getByRole('dialog')
		.getByRole('button', { name: /Keluar/ })
		.click();
	await page.goto('/masuk?lanjut=/akun');
	await page.getByRole('button', { name: 'Masuk dengan kunci sandi' }).click();
	await expect(page.getByRole('heading', { name: 'Wulan Sari' })).toBeVisible();
	// and takes it away again
	await page.getByRole('link', { name: 'Kunci sandi' }).click();
	await page.locator('main .list button').first().click();
	await page.getByRole('button', { name: 'Hapus kunci ini' }).click();
	await expect(page.getByText('Belum ada kunci sandi')).toBeVisible();
});

// Dates in words, held against what the platform's own tables say for the city's time zone.

import { afterEach, describe, expect, it } from 'vitest';
import { clock, dateTime, dayMonth, longDate, shortDate, shortWhen, weekday } from '../src/lib/dates';
import { overwriteGetLocale } from '../src/paraglide/runtime';

const LANGUAGES = [
	['id', 'id-ID'],
	['en', 'en-GB'],
] as const;

describe.each(LANGUAGES)('in %s', (locale, platform) => {
	const said = (options: Intl.DateTimeFormatOptions) => {
		const format = new Intl.DateTimeFormat(platform, { timeZone: 'Asia/Jakarta', ...options });
		return (when: number) => format.format(when);
	};
	const long = said({ day: 'numeric', month: 'long', year: 'numeric' });
	const short = said({ day: 'numeric', month: 'short', year: 'numeric' });
	const inYear = said({ day: 'numeric', month: 'short' });
	const time = said({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
	const day = said({ weekday: 'short' });
	afterEach(() => overwriteGetLocale(() => 'id'));

	it('days and hours all over this century are said as the platform says them', () => {
		overwriteGetLocale(() => locale);
		const step = 5 * 86_400_000 + 7 * 3_600_000 + 13 * 60_000;
		for (let when = Date.UTC(2000, 0, 1); when < Date.UTC(2100, 0, 1); when += step) {
			const found = [
				longDate(when),
				shortDate(when),
				dayMonth(when),
				clock(when),
				weekday(when),
				dateTime(when),
			];
			const wanted = [long(when), short(when), inYear(when), time(when), day(when)];
			expect(found).toEqual([...wanted, `${short(when)}, ${time(when)}`]);
		}
	});
});

describe('as short as it can be said', () => {
	const now = Date.parse('2026-11-24T04:00:00Z'); // 11.00 in the city
	it.each([
		['2026-11-23T17:00:00Z', '00.00'], // midnight in the city is today
		['2026-11-23T16:59:00Z', 'Sen 23.59'],
		['2026-11-18T04:01:00Z', 'Rab 11.01'],
		['2026-11-18T03:59:00Z', '18 Nov'],
	])('%s is %s', (when, said) => {
		expect(shortWhen(when, now)).toBe(said);
	});
	it('a date without a time is that date in the city', () => {
		expect(longDate('2026-01-01')).toBe('1 Januari 2026');
	});
});

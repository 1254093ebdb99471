// Dates and sizes in words, in the city's own time zone.
import { getLocale } from '../paraglide/runtime';

const ZONE = 'Asia/Jakarta';

/** Making a formatter costs a cheap phone a millisecond; a list of dates would make hundreds. */
const made = new Map<string, Intl.DateTimeFormat>();

function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
	const locale = getLocale() === 'id' ? 'id-ID' : 'en-GB';
	const key = `${locale} ${Object.entries(options)}`;
	let found = made.get(key);
	if (!found) {
		found = new Intl.DateTimeFormat(locale, { timeZone: ZONE, ...options });
		made.set(key, found);
	}
	return found;
}

type When = string | number | Date;

/** "24 November 2026" */
export const longDate = (when: When) =>
	format({ day: 'numeric', month: 'long', year: 'numeric' }).format(new Date(when));
/** "24 Nov 2026" */
export const shortDate = (when: When) =>
	format({ day: 'numeric', month: 'short', year: 'numeric' }).format(new Date(when));
/** "24 Nov", where the year is said elsewhere */
export const dayMonth = (when: When) => format({ day: 'numeric', month: 'short' }).format(new Date(when));
/** "24 Nov 2026, 11.02" */
export const dateTime = (when: When) => `${shortDate(when)}, ${clock(when)}`;
/** "11.02" */
export const clock = (when: When) =>
	format({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(new Date(when));
/** "Sel" */
export const weekday = (when: When) => format({ weekday: 'short' }).format(new Date(when));

/** As short as it can be said today: "10.42", then "Sen 08.03", then "24 Nov". */
export function shortWhen(when: When, now: number = Date.now()): string {
	const then = new Date(when);
	const day = format({ dateStyle: 'short' });
	if (day.format(then) === day.format(now)) return clock(when);
	if (Math.abs(now - then.getTime()) < 6 * 86_400_000) return `${weekday(when)} ${clock(when)}`;
	return dayMonth(then);
}

/** "312 kB", "1,4 MB" */
export function bytes(size: number): string {
	const number = new Intl.NumberFormat(getLocale() === 'id' ? 'id-ID' : 'en-GB', {
		maximumFractionDigits: 1,
	});
	return size < 1_000_000
		? `${number.format(Math.max(1, Math.round(size / 1000)))} kB`
		: `${number.format(size / 1_000_000)} MB`;
}

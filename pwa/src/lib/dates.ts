// Dates and sizes in words, in the city's own time zone.
import { getLocale } from '../paraglide/runtime';

/** WIB is seven hours before UTC, the whole year; there is no summer time. */
const ZONE_MS = 7 * 3_600_000;

// Written out, not asked of Intl: its first formatter keeps a cheap phone from painting for 70 ms.
const words = (text: string) => text.split(' ');
const NAMES = {
	id: {
		months: words('Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember'),
		short: words('Jan Feb Mar Apr Mei Jun Jul Agu Sep Okt Nov Des'),
		days: words('Min Sen Sel Rab Kam Jum Sab'),
		colon: '.',
	},
	en: {
		months: words('January February March April May June July August September October November December'),
		short: words('Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec'),
		days: words('Sun Mon Tue Wed Thu Fri Sat'),
		colon: ':',
	},
};
const names = () => NAMES[getLocale() === 'id' ? 'id' : 'en'];

type When = string | number | Date;

/** The moment as a date whose UTC parts are the city's. */
const local = (when: When) => new Date(new Date(when).getTime() + ZONE_MS);
const two = (part: number) => String(part).padStart(2, '0');

/** "24 November 2026" */
export function longDate(when: When): string {
	const day = local(when);
	return `${day.getUTCDate()} ${names().months[day.getUTCMonth()]} ${day.getUTCFullYear()}`;
}
/** "24 Nov", where the year is said elsewhere */
export function dayMonth(when: When): string {
	const day = local(when);
	return `${day.getUTCDate()} ${names().short[day.getUTCMonth()]}`;
}
/** "24 Nov 2026" */
export const shortDate = (when: When) => `${dayMonth(when)} ${local(when).getUTCFullYear()}`;
/** "11.02" */
export function clock(when: When): string {
	const time = local(when);
	return `${two(time.getUTCHours())}${names().colon}${two(time.getUTCMinutes())}`;
}
/** "24 Nov 2026, 11.02" */
export const dateTime = (when: When) => `${shortDate(when)}, ${clock(when)}`;
/** "Sel" */
export const weekday = (when: When) => names().days[local(when).getUTCDay()] ?? '';

/** As short as it can be said today: "10.42", then "Sen 08.03", then "24 Nov". */
export function shortWhen(when: When, now: number = Date.now()): string {
	const then = new Date(when);
	if (shortDate(then) === shortDate(now)) return clock(when);
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

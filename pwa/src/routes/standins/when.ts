// Days as a person picks them, and the moments that they mean in the city.

const ZONE = '+07:00';

/** Today in the city, as a date field writes it. */
export const today = (now: number = Date.now()): string =>
	new Date(now + 7 * 3_600_000).toISOString().slice(0, 10);

/** From the start of a day; of today, from this moment. */
export const from = (day: string, now: number = Date.now()): string =>
	day === today(now) ? new Date(now).toISOString() : `${day}T00:00:00${ZONE}`;

/** Until the end of a day, which still belongs to it. */
export const until = (day: string): string => `${day}T23:59:00${ZONE}`;

/** Both days are there and stand in order. */
export const ordered = (first: string, last: string): boolean => first !== '' && last !== '' && first <= last;

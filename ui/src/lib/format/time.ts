import { m } from '$lib/paraglide/messages';
import { getLocale } from '$lib/paraglide/runtime';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "just now", "5 min ago", "2 h ago", "3 days ago". A time in the future counts as now. */
export function ago(instant: string, now: number): string {
	const seconds = Math.max(0, (now - Date.parse(instant)) / 1000);
	if (seconds < MINUTE) return m.time_just_now();
	if (seconds < HOUR) return m.time_minutes_ago({ count: Math.floor(seconds / MINUTE) });
	if (seconds < DAY) return m.time_hours_ago({ count: Math.floor(seconds / HOUR) });
	return m.time_days_ago({ count: Math.floor(seconds / DAY) });
}

/** Time left, coarse: "under a minute", "7 min", "23 h". */
export function remaining(instant: string, now: number): string {
	const seconds = (Date.parse(instant) - now) / 1000;
	if (seconds < MINUTE) return m.time_under_a_minute();
	if (seconds < HOUR) return m.time_minutes({ count: Math.ceil(seconds / MINUTE) });
	return m.time_hours({ count: Math.ceil(seconds / HOUR) });
}

/** How long a code lives, as a choice: "10 min", "1 h". */
export function duration(minutes: number): string {
	return minutes % 60 === 0
		? m.time_hours({ count: minutes / 60 })
		: m.time_minutes({ count: minutes });
}

/** The clock time where the person is: "10:30 AM". */
export function clockTime(instant: string): string {
	return new Intl.DateTimeFormat(getLocale(), { timeStyle: 'short' }).format(Date.parse(instant));
}

/** A day where the person is: "Jun 12, 2026". */
export function day(instant: string): string {
	return new Intl.DateTimeFormat(getLocale(), { dateStyle: 'medium' }).format(Date.parse(instant));
}

/** The day as a heading: "Today", "Yesterday", "June 12, 2026". */
export function dayHeading(instant: string, now: number): string {
	const date = (at: number) => new Date(at).toDateString();
	const at = Date.parse(instant);
	if (date(at) === date(now)) return m.day_today();
	if (date(at) === date(now - DAY * 1000)) return m.day_yesterday();
	return new Intl.DateTimeFormat(getLocale(), { dateStyle: 'long' }).format(at);
}

/** Milliseconds since 1970 as the platform writes a time: in UTC, with whole seconds. */
export const instant = (at: number): string => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');

/** "12,345". */
export const wholeNumber = (count: number): string =>
	new Intl.NumberFormat(getLocale()).format(count);

/** The clock time if that is today where the person is, and date and time otherwise. */
export function clockOrDate(instant: string, now: number): string {
	const at = Date.parse(instant);
	const isToday = new Date(at).toDateString() === new Date(now).toDateString();
	return isToday ? clockTime(instant) : dateTime(instant);
}

/** Date and time where the person is. */
export function dateTime(instant: string): string {
	return new Intl.DateTimeFormat(getLocale(), { dateStyle: 'medium', timeStyle: 'short' }).format(
		Date.parse(instant)
	);
}

import type { Counted } from '$lib/bindings/Counted';
import type { DeviceEndedBy } from '$lib/bindings/DeviceEndedBy';
import type { ReviewChange } from '$lib/bindings/ReviewChange';
import type { ReviewMark } from '$lib/bindings/ReviewMark';
import { m } from '$lib/paraglide/messages';
import { describeActor } from './activity';
import { day, wholeNumber } from './time';

const SOON_MS = 30 * 24 * 3600 * 1000;

/** "12,345", or "10,000+" where nobody counted further. */
export const counted = ({ count, or_more }: Counted): string =>
	or_more ? m.review_count_or_more({ count: wholeNumber(count) }) : wholeNumber(count);

/** What a reviewer looks for, in a word or two. */
export function describeMark(mark: ReviewMark, silentDays: number): string {
	switch (mark) {
		case 'never_used':
			return m.review_mark_never_used();
		case 'broad':
			return m.review_mark_broad();
		case 'unknown_type':
			return m.review_mark_unknown_type();
		case 'not_seen':
			return m.review_mark_not_seen({ count: silentDays });
		case 'expiring':
			return m.review_mark_expiring();
	}
}

/** What a device may do besides, and what no more. */
export function rightsChanged({ before, then }: ReviewChange): {
	gained: string[];
	lost: string[];
} {
	return {
		gained: then.filter((right) => !before.includes(right)),
		lost: before.filter((right) => !then.includes(right))
	};
}

/** What a change has done to what a device may; of one that is new or over, all that it may or could. */
export function rightsTold(change: ReviewChange): {
	label: string;
	sign: string;
	tone: 'plain' | 'gained' | 'lost';
	rights: string[];
}[] {
	const { gained, lost } = rightsChanged(change);
	const told = {
		added: [{ label: m.review_may(), sign: '', tone: 'plain' as const, rights: change.then }],
		ended: [{ label: m.review_could(), sign: '', tone: 'plain' as const, rights: change.before }],
		rights: [
			{ label: m.review_gained(), sign: '+', tone: 'gained' as const, rights: gained },
			{ label: m.review_lost(), sign: '−', tone: 'lost' as const, rights: lost }
		]
	}[change.kind];
	return told.filter(({ rights }) => rights.length > 0);
}

/** From when on a device that stays silent cannot come back, if that is soon or past. */
export function endsSoon(end: string | null, now: number): string | null {
	const left = end === null ? Infinity : Date.parse(end) - now;
	if (end === null || left >= SOON_MS) return null;
	return left > 0 ? m.review_ends({ day: day(end) }) : m.review_ended({ day: day(end) });
}

/** Who has ended a device, as far as is known. */
export function endedBy(who: DeviceEndedBy | null): string {
	if (who === null) return m.tombstone_who_unknown();
	return who.kind === 'you' ? m.actor_owner() : describeActor(who.actor);
}

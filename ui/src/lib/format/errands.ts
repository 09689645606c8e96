import type { ErrandChoice } from '$lib/bindings/ErrandChoice';
import type { ErrandIntent } from '$lib/bindings/ErrandIntent';
import type { ErrandView } from '$lib/bindings/ErrandView';
import type { PlatformView } from '$lib/bindings/PlatformView';
import { m } from '$lib/paraglide/messages';
import { clockOrDate } from './time';

/** Whether it shuts a device out for good. */
export const revokes = ({ intent }: ErrandView): boolean => intent.kind === 'revoke';

const OVER: ErrandView['state']['kind'][] = [
	'verified',
	'expired',
	'withdrawn',
	'overtaken',
	'abandoned'
];

/** Whether nothing more comes of it. */
export const isOver = ({ state }: ErrandView): boolean => OVER.includes(state.kind);

/** Whether it was given up because it was too late to send it. */
export const isExpired = ({ state }: ErrandView): boolean => state.kind === 'expired';

/** Whether it has not reached its platform for all that is known. */
export const waits = ({ state }: ErrandView): boolean =>
	state.kind === 'queued' || state.kind === 'sent';

/** Whether the thing was not there any more. */
export const isGone = ({ state }: ErrandView): boolean =>
	state.kind === 'failed' && state.fault === 'gone';

/** Whether a device stays let in, although somebody wanted it revoked, if nothing more is done. */
export const isLeftIn = (errand: ErrandView): boolean =>
	revokes(errand) && errand.state.kind === 'failed' && !isGone(errand);

/** Whether it has to be said of a device that it is NOT yet revoked: unless it is gone, or that was seen. */
export const isNotYetRevoked = (errand: ErrandView): boolean =>
	revokes(errand) && !isOver(errand) && (errand.state.kind !== 'failed' || isLeftIn(errand));

/** What the thing is called, or its id if nobody knows. */
export const subjectOf = ({ name, subject }: ErrandView): string => name ?? subject.slice(0, 40);

/** What is asked before something is taken back. */
export function withdrawalOf({ intent }: ErrandView) {
	switch (intent.kind) {
		case 'revoke':
			return { title: m.withdraw_title, text: m.withdraw_text, keep: m.withdraw_keep };
		case 'disable':
			return {
				title: m.withdraw_disabling_title,
				text: m.withdraw_disabling_text,
				keep: m.withdraw_disabling_keep
			};
		default:
			return {
				title: m.withdraw_denial_title,
				text: m.withdraw_denial_text,
				keep: m.withdraw_denial_keep
			};
	}
}

/** What a platform is called that may not be among those the window knows. */
export const errandPlatform = (name: string): string => name || m.platform_embedded();

/** What is to be done, as a heading: "Rename Hall to “Porch”". */
export function errandTitle(errand: ErrandView): string {
	const { intent } = errand;
	const name = subjectOf(errand);
	switch (intent.kind) {
		case 'rename':
			return m.errand_rename({ name, to: intent.name });
		case 'edit_tags':
			return intent.tags.length > 0
				? m.errand_edit_tags({ name, tags: intent.tags.join(', ') })
				: m.errand_no_tags({ name });
		case 'disable':
			return m.errand_disable({ name });
		case 'enable':
			return m.errand_enable({ name });
		case 'revoke':
			return m.errand_revoke({ name });
		case 'rotate':
			return m.errand_rotate({ name, role: intent.role });
		case 'approve':
			return m.errand_approve({ name });
		case 'deny':
			return m.errand_deny({ name });
	}
}

/** The same in a word or two, beside the thing itself: "rename to “Porch”". */
export function errandWord(intent: ErrandIntent): string {
	switch (intent.kind) {
		case 'rename':
			return m.errand_word_rename({ to: intent.name });
		case 'edit_tags':
			return m.errand_word_edit_tags();
		case 'disable':
			return m.errand_word_disable();
		case 'enable':
			return m.errand_word_enable();
		case 'revoke':
			return m.errand_word_revoke();
		case 'rotate':
			return m.errand_word_rotate({ role: intent.role });
		case 'approve':
			return m.errand_word_approve();
		case 'deny':
			return m.errand_word_deny();
	}
}

/** Why a person asked for it, if they said. */
export const reasonOf = ({ intent }: ErrandView): string | null =>
	'reason' in intent ? intent.reason : null;

export type StepName = 'queued' | 'sent' | 'acknowledged' | 'verified';
export type Step = {
	name: StepName;
	word: string;
	at: string | null;
	how: 'done' | 'now' | 'to_come';
};

/** The way of everything that is asked for, and how far along it this has come. */
export function errandSteps({
	state,
	queued_at,
	sent_at,
	acknowledged_at,
	ended_at
}: ErrandView): Step[] {
	const verified = state.kind === 'verified';
	// What was sent and put off waits again.
	const queued = state.kind === 'queued';
	const reached = [
		queued_at,
		queued ? null : sent_at,
		queued ? null : acknowledged_at,
		verified ? ended_at : null
	];
	const names: StepName[] = ['queued', 'sent', 'acknowledged', 'verified'];
	const words = [m.step_queued, m.step_sent, m.step_acknowledged, m.step_verified];
	const now = reached.findLastIndex((at) => at !== null);
	return names.map((name, index) => ({
		name,
		word: words[index]?.() ?? name,
		at: reached[index] ?? null,
		how: index < now || verified ? 'done' : index === now ? 'now' : 'to_come'
	}));
}

/** How it stands, and why nothing more happens at the moment. */
export function whyItWaits(
	errand: ErrandView,
	view: PlatformView | undefined,
	before: ErrandView | undefined,
	now: number
): string {
	const platform = errandPlatform(errand.platform_name);
	const { state } = errand;
	const away = view !== undefined && view.state.kind !== 'connected';
	switch (state.kind) {
		case 'queued':
			if (away && view.as_of)
				return m.waits_away_since({ platform, time: clockOrDate(view.as_of, now) });
			if (away) return m.waits_away({ platform });
			if (before) return m.waits_before({ what: errandTitle(before) });
			if (Date.parse(state.due) > now)
				return m.waits_due({ platform, time: clockOrDate(state.due, now) });
			return m.waits_goes();
		case 'sent':
			return away ? m.waits_unanswered_away({ platform }) : m.waits_unanswered({ platform });
		case 'acknowledged':
			return away ? m.waits_unseen_away({ platform }) : m.waits_unseen({ platform });
		default:
			return '';
	}
}

/** How something has ended. A gateway lists whom it lets in, and no more than that can be seen of it. */
export function errandEnd(errand: ErrandView, now: number, atGateway: boolean): string {
	const time = clockOrDate(errand.ended_at ?? errand.queued_at, now);
	switch (errand.state.kind) {
		case 'verified':
			if (!revokes(errand)) return m.ended_verified({ time });
			return atGateway ? m.ended_removed({ time }) : m.ended_revoked({ time });
		case 'expired':
			return m.ended_expired({ time });
		case 'overtaken':
			return m.ended_overtaken({ time });
		case 'abandoned':
			return m.ended_abandoned({ time });
		default:
			return m.ended_withdrawn({ time });
	}
}

const revocationAt = {
	queued: m.place_queued,
	sent: m.place_sent,
	acknowledged: m.place_acknowledged,
	failed: m.place_failed
};
const denialAt = {
	queued: m.place_deny_queued,
	sent: m.place_deny_sent,
	acknowledged: m.place_deny_acknowledged,
	failed: m.place_deny_failed
};

/** How shutting out a lost device stands at one platform. */
export function shutOutWord(errand: ErrandView, now: number, atGateway: boolean): string {
	const { state } = errand;
	if (isOver(errand)) return errandEnd(errand, now, atGateway);
	if (isGone(errand)) return m.place_gone();
	const words = revokes(errand) ? revocationAt : denialAt;
	return words[state.kind as keyof typeof words]();
}

/** What a choice is called. A revocation that is left alone is said to be one. */
export function choiceWord(errand: ErrandView, choice: ErrandChoice): string {
	switch (choice) {
		case 'try_again':
			return revokes(errand) ? m.choice_revoke_again() : m.choice_try_again();
		case 'overwrite':
			return m.choice_overwrite();
		case 'revoke_returned':
			return m.choice_revoke_returned();
		case 'leave':
			return isLeftIn(errand) ? m.choice_leave_in() : m.choice_leave();
	}
}

/** Whether a choice takes something away from somebody. */
export const isDestructive = (errand: ErrandView, choice: ErrandChoice): boolean =>
	choice === 'overwrite' ||
	choice === 'revoke_returned' ||
	(choice === 'try_again' && revokes(errand));

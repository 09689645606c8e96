import type { ActivityActor } from '$lib/bindings/ActivityActor';
import type { ActivityEntry } from '$lib/bindings/ActivityEntry';
import type { ActorKind } from '$lib/bindings/ActorKind';
import { m } from '$lib/paraglide/messages';

/** What the log has a sentence for, in the order of the filter. */
const actions = [
	'pairing_opened',
	'pairing_cancelled',
	'pairing_completed',
	'request_made',
	'request_approved',
	'request_denied',
	'claim_refused',
	'device_edited',
	'device_permissions_changed',
	'device_key_changed',
	'device_disabled',
	'device_enabled',
	'device_revoked',
	'refresh_token_reused',
	'tokens_revoked',
	'alert_raised',
	'alert_acknowledged',
	'rule_changed',
	'api_key_created',
	'api_key_rotated',
	'api_key_revoked',
	'activity_pruned',
	'pruned',
	'retention_changed',
	'restored'
] as const;
type Action = (typeof actions)[number];

const isKnown = (action: string): action is Action =>
	(actions as readonly string[]).includes(action);

/** What can be looked for, and what people call it. */
export const activityActions = (): { action: string; label: string }[] =>
	actions.map((action) => ({ action, label: m[`action_${action}`]() }));

const kinds: Record<Exclude<ActorKind, 'api_key' | 'member'>, () => string> = {
	owner: m.actor_owner,
	operator: m.actor_operator,
	platform: m.actor_platform,
	device: m.actor_device,
	unknown: m.actor_unknown
};

/** Who did it, at the beginning of a sentence. */
export function describeActor({ kind, id, name }: ActivityActor): string {
	const named = name ?? id ?? '';
	if (kind === 'api_key') return m.actor_api_key({ name: named });
	if (kind === 'member') return m.actor_member({ name: named });
	return kinds[kind]();
}

/** What happened, in a sentence. What the catalogue does not know goes by its word. */
export function tellActivity(entry: ActivityEntry): string {
	const who = describeActor(entry.actor);
	const subject = entry.subjects.find(({ name }) => name !== null) ?? entry.subjects[0];
	const what = subject?.name ?? subject?.id ?? '';
	const { action } = entry;
	return isKnown(action) ? m[`told_${action}`]({ who, what }) : m.told_unknown({ who, action });
}

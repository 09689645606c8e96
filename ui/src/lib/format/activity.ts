import type { ActivityActor } from '$lib/bindings/ActivityActor';
import type { ActivityEntry } from '$lib/bindings/ActivityEntry';
import type { ActorKind } from '$lib/bindings/ActorKind';
import { m } from '$lib/paraglide/messages';

type Told = (parts: { who: string; what: string }) => string;

const sentences: Record<string, { label: () => string; told: Told }> = {
	pairing_opened: { label: m.action_pairing_opened, told: m.told_pairing_opened },
	pairing_cancelled: { label: m.action_pairing_cancelled, told: m.told_pairing_cancelled },
	pairing_completed: { label: m.action_pairing_completed, told: m.told_pairing_completed },
	request_made: { label: m.action_request_made, told: m.told_request_made },
	request_approved: { label: m.action_request_approved, told: m.told_request_approved },
	request_denied: { label: m.action_request_denied, told: m.told_request_denied },
	claim_refused: { label: m.action_claim_refused, told: m.told_claim_refused },
	device_edited: { label: m.action_device_edited, told: m.told_device_edited },
	device_permissions_changed: {
		label: m.action_device_permissions_changed,
		told: m.told_device_permissions_changed
	},
	device_key_changed: { label: m.action_device_key_changed, told: m.told_device_key_changed },
	device_disabled: { label: m.action_device_disabled, told: m.told_device_disabled },
	device_enabled: { label: m.action_device_enabled, told: m.told_device_enabled },
	device_revoked: { label: m.action_device_revoked, told: m.told_device_revoked },
	refresh_token_reused: { label: m.action_refresh_token_reused, told: m.told_refresh_token_reused },
	tokens_revoked: { label: m.action_tokens_revoked, told: m.told_tokens_revoked },
	alert_raised: { label: m.action_alert_raised, told: m.told_alert_raised },
	alert_acknowledged: { label: m.action_alert_acknowledged, told: m.told_alert_acknowledged },
	rule_changed: { label: m.action_rule_changed, told: m.told_rule_changed },
	activity_pruned: { label: m.action_activity_pruned, told: m.told_activity_pruned },
	pruned: { label: m.action_pruned, told: m.told_pruned },
	retention_changed: { label: m.action_retention_changed, told: m.told_retention_changed },
	restored: { label: m.action_restored, told: m.told_restored },
	api_key_created: { label: m.action_api_key_created, told: m.told_api_key_created },
	api_key_rotated: { label: m.action_api_key_rotated, told: m.told_api_key_rotated },
	api_key_revoked: { label: m.action_api_key_revoked, told: m.told_api_key_revoked }
};

/** What can be looked for, and what people call it. */
export const activityActions = (): { action: string; label: string }[] =>
	Object.entries(sentences).map(([action, { label }]) => ({ action, label: label() }));

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
	const known = sentences[entry.action];
	return known ? known.told({ who, what }) : m.told_unknown({ who, action: entry.action });
}

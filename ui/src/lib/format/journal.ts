import type { JournalEntry } from '$lib/bindings/JournalEntry';
import { m } from '$lib/paraglide/messages';

type Told = (parts: { what: string; where: string }) => string;

const sentences: Record<string, { label: () => string; told: Told }> = {
	asked: { label: m.journal_act_asked, told: m.journal_told_asked },
	verified: { label: m.journal_act_verified, told: m.journal_told_verified },
	failed: { label: m.journal_act_failed, told: m.journal_told_failed },
	expired: { label: m.journal_act_expired, told: m.journal_told_expired },
	withdrawn: { label: m.journal_act_withdrawn, told: m.journal_told_withdrawn },
	overtaken: { label: m.journal_act_overtaken, told: m.journal_told_overtaken },
	abandoned: { label: m.journal_act_abandoned, told: m.journal_told_abandoned },
	refused: { label: m.journal_act_refused, told: m.journal_told_refused },
	edit_device: { label: m.journal_act_edit_device, told: m.journal_told_edit_device },
	grant_permissions: {
		label: m.journal_act_grant_permissions,
		told: m.journal_told_grant_permissions
	},
	disable_device: { label: m.journal_act_disable_device, told: m.journal_told_disable_device },
	enable_device: { label: m.journal_act_enable_device, told: m.journal_told_enable_device },
	revoke_device: { label: m.journal_act_revoke_device, told: m.journal_told_revoke_device },
	rotate_token: { label: m.journal_act_rotate_token, told: m.journal_told_rotate_token },
	revoke_token: { label: m.journal_act_revoke_token, told: m.journal_told_revoke_token },
	approve_request: { label: m.journal_act_approve_request, told: m.journal_told_approve_request },
	deny_request: { label: m.journal_act_deny_request, told: m.journal_told_deny_request },
	make_code: { label: m.journal_act_make_code, told: m.journal_told_make_code },
	cancel_code: { label: m.journal_act_cancel_code, told: m.journal_told_cancel_code },
	make_setup_code: { label: m.journal_act_make_setup_code, told: m.journal_told_make_setup_code },
	create_api_key: { label: m.journal_act_create_api_key, told: m.journal_told_create_api_key },
	rotate_api_key: { label: m.journal_act_rotate_api_key, told: m.journal_told_rotate_api_key },
	revoke_api_key: { label: m.journal_act_revoke_api_key, told: m.journal_told_revoke_api_key },
	acknowledge_alert: {
		label: m.journal_act_acknowledge_alert,
		told: m.journal_told_acknowledge_alert
	},
	set_alert_rule: { label: m.journal_act_set_alert_rule, told: m.journal_told_set_alert_rule },
	add_platform: { label: m.journal_act_add_platform, told: m.journal_told_add_platform },
	rename_platform: { label: m.journal_act_rename_platform, told: m.journal_told_rename_platform },
	take_leave: { label: m.journal_act_take_leave, told: m.journal_told_take_leave },
	platform_forgotten: {
		label: m.journal_act_platform_forgotten,
		told: m.journal_told_platform_forgotten
	},
	platform_unknown: {
		label: m.journal_act_platform_unknown,
		told: m.journal_told_platform_unknown
	},
	sign_in: { label: m.journal_act_sign_in, told: m.journal_told_sign_in },
	accept_certificate: {
		label: m.journal_act_accept_certificate,
		told: m.journal_told_accept_certificate
	},
	reviewed: { label: m.journal_act_reviewed, told: m.journal_told_reviewed },
	grouped: { label: m.journal_act_grouped, told: m.journal_told_grouped },
	alarm_acknowledged: {
		label: m.journal_act_alarm_acknowledged,
		told: m.journal_told_alarm_acknowledged
	},
	export: { label: m.journal_act_export, told: m.journal_told_export },
	make_signing_key: {
		label: m.journal_act_make_signing_key,
		told: m.journal_told_make_signing_key
	},
	back_up: { label: m.journal_act_back_up, told: m.journal_told_back_up },
	restored: { label: m.journal_act_restored, told: m.journal_told_restored },
	begun_anew: { label: m.journal_act_begun_anew, told: m.journal_told_begun_anew }
};

/** What was asked for, as part of a sentence. */
const errands: Record<string, (parts: { what: string }) => string> = {
	rename: m.journal_errand_rename,
	edit_tags: m.journal_errand_edit_tags,
	disable: m.journal_errand_disable,
	enable: m.journal_errand_enable,
	revoke: m.journal_errand_revoke,
	rotate: m.journal_errand_rotate,
	approve: m.journal_errand_approve,
	deny: m.journal_errand_deny
};
const OF_ERRANDS = [
	'asked',
	'verified',
	'failed',
	'expired',
	'withdrawn',
	'overtaken',
	'abandoned'
];

/** What can be looked for, and what people call it. */
export const journalActions = (): { action: string; label: string }[] =>
	Object.entries(sentences).map(([action, { label }]) => ({ action, label: label() }));

/** What the platform of an entry is called. */
function where({ platform }: JournalEntry): string {
	if (!platform) return '';
	return platform.id === 'embedded' ? m.platform_embedded() : (platform.name ?? platform.id);
}

/** `rename: Kitchen hub` is a word and what there is to say besides. */
function apart(details: string): { word: string; rest: string | null } {
	const at = details.indexOf(': ');
	return at < 0
		? { word: details, rest: null }
		: { word: details.slice(0, at), rest: details.slice(at + 2) };
}

const written: Record<string, () => string> = {
	devices_csv: () => `${m.journal_export_devices()} · ${m.journal_export_csv()}`,
	devices_json: () => `${m.journal_export_devices()} · ${m.journal_export_json()}`,
	journal_csv: () => `${m.journal_export_journal()} · ${m.journal_export_csv()}`,
	journal_json: () => `${m.journal_export_journal()} · ${m.journal_export_json()}`,
	bundle: m.journal_export_bundle
};

const unknown = (action: string, about: string[]): string =>
	m.journal_told_unknown({ action, about: about.filter(Boolean).join(' · ') });

export type Telling = { sentence: string; more: string | null };

/** An entry in a sentence, and what is left to say. What the catalogue does not know goes by its word. */
export function tellJournal(entry: JournalEntry): Telling {
	const { action, thing, details } = entry;
	const told = sentences[action]?.told ?? (({ what, where }) => unknown(action, [what, where]));
	if (OF_ERRANDS.includes(action) || action === 'refused') return tellOutcome(entry, told);
	if (action === 'export')
		return { sentence: told({ what: '', where: '' }), more: written[details ?? '']?.() ?? details };
	// What has no name of its own may have it in the details.
	const what = thing?.name ?? (thing && details) ?? thing?.id ?? '';
	return {
		sentence: told({ what, where: where(entry) }),
		more: thing && what === details ? null : details
	};
}

/** What was asked for and what became of it: the details begin with what that was. */
function tellOutcome(entry: JournalEntry, told: Told): Telling {
	const { word, rest } = apart(entry.details ?? '');
	const what = entry.thing?.name ?? entry.thing?.id ?? where(entry);
	const act = sentences[word]?.label() ?? word;
	const said = errands[word]?.({ what }) ?? m.journal_refused_what({ act, what });
	return { sentence: told({ what: said, where: where(entry) }), more: rest };
}

/** Whether a reader should look twice. */
export const isTrouble = ({ action }: JournalEntry): boolean =>
	['failed', 'expired', 'refused', 'begun_anew', 'platform_unknown'].includes(action);

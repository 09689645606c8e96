import { m } from '$lib/paraglide/messages';

type Words = { name: () => string; about: () => string; next: () => string };

const rules: Record<string, Words> = {
	many_failures: {
		name: m.rule_many_failures,
		about: m.rule_many_failures_about,
		next: m.rule_many_failures_next
	},
	unusual_hour: {
		name: m.rule_unusual_hour,
		about: m.rule_unusual_hour_about,
		next: m.rule_unusual_hour_next
	},
	unknown_address: {
		name: m.rule_unknown_address,
		about: m.rule_unknown_address_about,
		next: m.rule_unknown_address_next
	},
	unexpected_device_type: {
		name: m.rule_unexpected_device_type,
		about: m.rule_unexpected_device_type_about,
		next: m.rule_unexpected_device_type_next
	},
	refresh_token_reuse: {
		name: m.rule_refresh_token_reuse,
		about: m.rule_refresh_token_reuse_about,
		next: m.rule_refresh_token_reuse_next
	},
	device_returned: {
		name: m.rule_device_returned,
		about: m.rule_device_returned_about,
		next: m.rule_device_returned_next
	},
	gateway_certificate_changed: {
		name: m.rule_certificate_changed,
		about: m.rule_certificate_changed_about,
		next: m.rule_certificate_changed_next
	},
	revoked_device_knocking: {
		name: m.rule_revoked_device_knocking,
		about: m.rule_revoked_device_knocking_about,
		next: m.rule_revoked_device_knocking_next
	}
};

/** What a rule is called, what it looks for, and what to do when it was hit. A newer one goes by its word. */
export function describeRule(id: string): { name: string; about?: string; next?: string } {
	const known = rules[id];
	return known ? { name: known.name(), about: known.about(), next: known.next() } : { name: id };
}

const numbers: Record<string, () => string> = {
	minutes: m.rule_number_minutes,
	from_one_address: m.rule_number_from_one_address,
	on_one_code: m.rule_number_on_one_code,
	over_all: m.rule_number_over_all,
	days_of_history: m.rule_number_days_of_history,
	knocks: m.rule_number_knocks
};

/** What a number of a rule counts, with its unit. A newer one goes by its word. */
export const describeNumber = (name: string): string => numbers[name]?.() ?? name;

import { m } from '$lib/paraglide/messages';
import type { BulkAction } from '$lib/state/deviceSelection.svelte';

type Words = {
	label: () => string;
	title: (about: { count: number }) => string;
	text: () => string;
};

/** What can be done to many devices, in words. */
export const bulkWords: Record<BulkAction, Words> = {
	revoke: { label: m.revoke, title: m.bulk_revoke_title, text: m.bulk_revoke_text },
	disable: { label: m.disable, title: m.bulk_disable_title, text: m.bulk_disable_text },
	enable: { label: m.enable, title: m.bulk_enable_title, text: m.bulk_enable_text },
	add_tags: { label: m.bulk_add_tags, title: m.bulk_add_tags_title, text: m.bulk_tags_text },
	remove_tags: {
		label: m.bulk_remove_tags,
		title: m.bulk_remove_tags_title,
		text: m.bulk_tags_text
	}
};

import { m } from '$lib/paraglide/messages';
import type { BulkAction } from '$lib/state/deviceSelection.svelte';

type Words = {
	label: () => string;
	title: (about: { count: number }) => string;
	text: () => string;
};

const words: Record<BulkAction, Words> = {
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

/** A gateway forgets whom it shuts out, and may let it back in. */
const removal: Words = {
	label: m.remove,
	title: m.bulk_remove_title,
	text: m.bulk_remove_text
};

/** What can be done to many devices, in words. */
export const bulkWords = (action: BulkAction, gateway: boolean): Words =>
	gateway && action === 'revoke' ? removal : words[action];

/** What can be done to many devices at once: of those of a gateway only what gateways can do. */
export const bulkActions = (gateway: boolean): BulkAction[] =>
	gateway ? ['revoke'] : ['add_tags', 'remove_tags', 'enable', 'disable', 'revoke'];

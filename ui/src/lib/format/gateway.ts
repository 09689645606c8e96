import type { ApprovedVia } from '$lib/bindings/ApprovedVia';
import type { GatewayDevice } from '$lib/bindings/GatewayDevice';
import type { SetupGrant } from '$lib/bindings/SetupGrant';
import { m } from '$lib/paraglide/messages';
import { abilities } from './nodeAbilities';

const words = new Map<string, () => string>(
	Object.entries({
		operator: m.role_operator,
		node: m.role_node,
		'operator.admin': m.scope_admin,
		'operator.pairing': m.scope_pairing,
		'operator.write': m.scope_write,
		'operator.read': m.scope_read,
		'operator.approvals': m.scope_approvals,
		'operator.questions': m.scope_questions,
		'operator.talk': m.scope_talk,
		'operator.talk.secrets': m.scope_talk_secrets,
		'operator.sessions.read': m.scope_sessions_read,
		'operator.sessions.write': m.scope_sessions_write,
		...abilities
	})
);

/** What a word stands for that is none of those above, by what the app has put before it. */
const kinds = new Map<string, () => string>(
	Object.entries({
		cap: m.lends_cap,
		command: m.lends_command,
		permission: m.system_allows,
		denied: m.system_denies
	})
);

/** What a role or scope of a gateway, or what a node lends it, means. A newer one is told by its kind: scopes are words with dots. */
export function describeAccess(word: string): string {
	const known = words.get(word);
	if (known) return known();
	const kind = /^(.*?):/.exec(word)?.[1];
	if (kind !== undefined) return (kinds.get(kind) ?? m.access_unknown)();
	return word.includes('.') ? m.scope_unknown() : m.role_unknown();
}

/** All that a device may at a gateway, and what it lends as a node. */
export const rightsOf = ({ roles, scopes, lends }: GatewayDevice): string[] => [
	...roles,
	...scopes,
	...lends
];

type Grant = { name: string; about: string; hands: string[] };
const LIMITED = [
	'node',
	'operator',
	'operator.approvals',
	'operator.questions',
	'operator.read',
	'operator.talk.secrets',
	'operator.write'
];

/** What a setup code hands over, by its kind. */
export function describeGrant(grant: SetupGrant): Grant {
	switch (grant) {
		case 'full':
			return {
				name: m.grant_full(),
				about: m.grant_full_about(),
				hands: [...LIMITED, 'operator.admin']
			};
		case 'limited':
			return { name: m.grant_limited(), about: m.grant_limited_about(), hands: LIMITED };
		case 'node':
			return { name: m.grant_node(), about: m.grant_node_about(), hands: ['node'] };
	}
}

const ways: Record<ApprovedVia, () => string> = {
	owner: m.via_owner,
	silent: m.via_silent,
	trusted_network: m.via_trusted_network,
	trusted_proxy: m.via_trusted_proxy,
	ssh: m.via_ssh,
	setup_code: m.via_setup_code,
	other: m.via_other
};

/** How a device got in. */
export const describeVia = (way: ApprovedVia): string => ways[way]();

/** Whether who has these scopes can let in and throw out others. */
export const manages = (scopes: string[]): boolean =>
	scopes.some((scope) => scope === 'operator.admin' || scope === 'operator.pairing');

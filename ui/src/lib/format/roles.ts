import { m } from '$lib/paraglide/messages';

const roles: Record<string, { name: () => string; about: () => string }> = {
	admin: { name: m.role_admin, about: m.role_admin_about },
	device_manager: { name: m.role_device_manager, about: m.role_device_manager_about },
	integrator: { name: m.role_integrator, about: m.role_integrator_about },
	developer: { name: m.role_developer, about: m.role_developer_about },
	viewer: { name: m.role_viewer, about: m.role_viewer_about }
};

/** A role's name and what it may do. One the catalogue does not know goes by its word. */
export function describeRole(role: string): { name: string; about: string | null } {
	const known = roles[role];
	return known ? { name: known.name(), about: known.about() } : { name: role, about: null };
}

const scopes: Record<string, () => string> = {
	'codes:read': m.scope_codes_read,
	'codes:create': m.scope_codes_create,
	'codes:cancel': m.scope_codes_cancel,
	'devices:read': m.scope_devices_read,
	'devices:edit': m.scope_devices_edit,
	'devices:grant': m.scope_devices_grant,
	'devices:disable': m.scope_devices_disable,
	'devices:revoke': m.scope_devices_revoke,
	'requests:read': m.scope_requests_read,
	'requests:decide': m.scope_requests_decide,
	'keys:read': m.scope_keys_read,
	'keys:manage': m.scope_keys_manage,
	'members:read': m.scope_members_read,
	'members:manage': m.scope_members_manage,
	'activity:read': m.scope_activity_read,
	'alerts:read': m.scope_alerts_read,
	'alerts:acknowledge': m.scope_alerts_acknowledge,
	'rules:manage': m.scope_rules_manage,
	'tokens:introspect': m.scope_tokens_introspect,
	'tokens:revoke': m.scope_tokens_revoke,
	'metrics:read': m.scope_metrics_read
};

/** A scope in plain words; `null` for one the catalogue does not know. */
export const describeScope = (scope: string): string | null => scopes[scope]?.() ?? null;

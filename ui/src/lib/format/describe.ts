import { describeAccess } from './gateway';
import { m } from '$lib/paraglide/messages';

const permissions: Record<string, () => string> = {
	'sensor:read': m.permission_sensor_read,
	'telemetry:publish': m.permission_telemetry_publish,
	'data:read': m.permission_data_read,
	'config:read': m.permission_config_read,
	'events:subscribe': m.permission_events_subscribe,
	'lights:control': m.permission_lights_control,
	'compute:execute': m.permission_compute_execute,
	'llm:invoke': m.permission_llm_invoke
};

/** A known permission in plain words; `null` for one the catalogue does not know. */
export function describePermission(permission: string): string | null {
	return permissions[permission]?.() ?? null;
}

/** What a device may do by this right, which at a gateway is a role, a scope or what it lends. */
export const describeRight = (right: string, gateway: boolean): string =>
	gateway ? describeAccess(right) : (describePermission(right) ?? m.permission_unknown());

const presets: Record<string, { name: () => string; about: () => string }> = {
	sensor: { name: m.preset_sensor, about: m.preset_sensor_about },
	reader: { name: m.preset_reader, about: m.preset_reader_about },
	home_hub: { name: m.preset_home_hub, about: m.preset_home_hub_about },
	worker: { name: m.preset_worker, about: m.preset_worker_about },
	llm: { name: m.preset_llm, about: m.preset_llm_about }
};

/** A preset's name and purpose. One the catalogue does not know goes by its id. */
export function describePreset(id: string): { name: string; about: string | null } {
	const known = presets[id];
	return known ? { name: known.name(), about: known.about() } : { name: id, about: null };
}

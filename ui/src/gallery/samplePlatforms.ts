import type { PlatformView } from '$lib/bindings/PlatformView';
import type { Refusal } from '$lib/bindings/Refusal';
import { EMBEDDED } from '$lib/state/platforms.svelte';

/** The platform inside the app, which can do everything but setup codes and what belongs to them. */
export function embeddedView(): PlatformView {
	return {
		...EMBEDDED,
		state: { kind: 'connected', version: '0.1.0' },
		capabilities: [
			'pairing_codes',
			'open_codes',
			'requests',
			'rename_devices',
			'edit_devices',
			'grant_permissions',
			'disable_devices',
			'revoke_devices',
			'change_many_devices',
			'api_keys',
			'alerts',
			'alert_rules',
			'activity',
			'verify_activity'
		]
	};
}

const PIN =
	'3B:0C:91:F4:5E:77:2A:D8:06:BB:4F:E1:90:3D:C2:68:A7:15:FC:84:29:D6:50:9B:E3:7C:18:42:AF:65:0E:D1';

/** What to know about a gateway that has nearly too many devices. */
export const CROWDED: Refusal = {
	code: 'gateway_crowded',
	message:
		'1230 devices are paired. With 1490 this gateway can no longer write: it neither pairs nor removes.',
	hint: 'Remove devices that are not used any more; sort by last seen to find them.'
};

/** An OpenClaw Gateway as its owner may use it. */
export function gatewayView(changes: Partial<PlatformView> = {}): PlatformView {
	return {
		id: 'plat-home',
		kind: 'openclaw',
		name: 'Home gateway',
		address: 'wss://192.168.1.10:18789',
		pin: PIN,
		state: { kind: 'connected', version: '2026.9.6' },
		capabilities: [
			'setup_codes',
			'requests',
			'rename_devices',
			'remove_devices',
			'role_tokens',
			'alerts'
		],
		notice: null,
		as_of: '2026-03-01T12:00:00Z',
		...changes
	};
}

/** A Clawpair server as one of its operators may use it. */
export function serverView(changes: Partial<PlatformView> = {}): PlatformView {
	return {
		...embeddedView(),
		id: 'plat-works',
		kind: 'server',
		name: 'Works server',
		address: 'https://hub.example.org:21327',
		pin: PIN,
		...changes
	};
}

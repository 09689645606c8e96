import type { AddressChoice } from '$lib/bindings/AddressChoice';
import type { ActivityEntry } from '$lib/bindings/ActivityEntry';
import type { ApiKey } from '$lib/bindings/ApiKey';
import type { PlatformDevice } from '$lib/bindings/PlatformDevice';
import type { Overview } from '$lib/bindings/Overview';
import type { Pairing } from '$lib/bindings/Pairing';
import type { PlatformRequest } from '$lib/bindings/PlatformRequest';
import type { RoleChoice } from '$lib/bindings/RoleChoice';
import type { FakeClock } from './FakeClock';

export const START = '2026-03-14T10:30:00Z';
export const sampleCode = 'OCL-J4K2T8P7N1R3';

export const sampleAddresses: AddressChoice[] = [
	{ address: '192.168.1.5:21327', interface: 'wlp2s0', kind: 'lan', answers: true },
	{ address: '10.8.0.14:21327', interface: 'wg0', kind: 'vpn', answers: true },
	{ address: '172.17.0.1:21327', interface: 'docker0', kind: 'container', answers: false },
	{ address: '127.0.0.1:21327', interface: 'lo', kind: 'loopback', answers: true }
];

const looking = ['codes:read', 'devices:read', 'requests:read', 'alerts:read'];
const making = ['codes:read', 'codes:create', 'codes:cancel', 'devices:read', 'requests:read'];
const managing = [
	...making,
	'devices:edit',
	'devices:grant',
	'devices:disable',
	'devices:revoke',
	'requests:decide',
	'members:read',
	'activity:read',
	'alerts:read',
	'alerts:acknowledge',
	'tokens:revoke',
	'metrics:read'
];

export const sampleRoles: RoleChoice[] = [
	{
		role: 'admin',
		scopes: [
			...managing,
			'keys:read',
			'keys:manage',
			'members:manage',
			'rules:manage',
			'tokens:introspect'
		]
	},
	{ role: 'device_manager', scopes: managing },
	{ role: 'integrator', scopes: [...making, 'devices:edit', 'tokens:introspect'] },
	{ role: 'developer', scopes: making },
	{ role: 'viewer', scopes: looking }
];

export function sampleOverview(changes: Partial<Overview> = {}): Overview {
	return {
		version: '0.1.0',
		data_dir: '/home/you/.local/share/clawpair',
		secret_storage: { kind: 'keyring' },
		pin: '7F3K9QWZ4JN2C0M5X8RTB6VHDY',
		curl_pin: 'sha256//O8u6dj2bMC4v6Rk0PZ8wS1mTnXy5LhFqEaUoVgCcIdk=',
		port: 21327,
		nearby: true,
		addresses: sampleAddresses,
		theme: 'light',
		problems: [],
		permissions: [
			'sensor:read',
			'telemetry:publish',
			'data:read',
			'config:read',
			'events:subscribe',
			'lights:control',
			'compute:execute',
			'llm:invoke'
		],
		harmless_actions: ['read', 'list', 'watch', 'subscribe', 'publish', 'report'],
		presets: [
			{ id: 'sensor', permissions: ['sensor:read'] },
			{ id: 'reader', permissions: ['sensor:read', 'data:read', 'config:read'] },
			{ id: 'home_hub', permissions: ['sensor:read', 'events:subscribe', 'lights:control'] },
			{ id: 'worker', permissions: ['data:read', 'compute:execute', 'telemetry:publish'] },
			{ id: 'llm', permissions: ['llm:invoke'] }
		],
		roles: sampleRoles,
		device_types: [
			'IoT Gateway',
			'IoT Sensor',
			'Cloud VM',
			'Web Application',
			'IoT.Sensor.Temperature',
			'Service.Integration',
			'Service.Worker.Compute'
		],
		expiries_minutes: [10, 15, 30, 45, 60, 1440],
		...changes
	};
}

const HOUR = 3600;
const DAY = 24 * HOUR;

export function sampleDevice(
	clock: FakeClock,
	changes: Partial<PlatformDevice> = {}
): PlatformDevice {
	return {
		id: 'dev-0198f3a2-7c11-7e53-9f0a-4b6d2c8e1f35',
		name: 'Greenhouse sensor',
		device_type: 'IoT.Sensor.Temperature',
		permissions: ['sensor:read', 'telemetry:publish'],
		tags: [],
		status: 'active',
		connected: true,
		paired_at: clock.at(-9 * DAY),
		last_seen_at: clock.at(-4),
		last_address: '192.168.1.42',
		platform: 'Linux aarch64',
		version: '0.1.0',
		key_fingerprint: '7F3K-9QWZ-4JN2',
		disabled_at: null,
		revoked_at: null,
		reason: null,
		revision: 1,
		...changes
	};
}

export function sampleDevices(clock: FakeClock): PlatformDevice[] {
	const device = (number: number, changes: Partial<PlatformDevice>) =>
		sampleDevice(clock, {
			id: `dev-0198f3a2-7c11-7e53-9f0a-4b6d2c8e1f${30 + number}`,
			last_address: `192.168.1.${40 + number}`,
			...changes
		});
	return [
		device(1, {}),
		device(2, {
			name: 'Hallway hub',
			device_type: 'IoT Gateway',
			permissions: ['sensor:read', 'events:subscribe', 'lights:control'],
			last_seen_at: clock.at(-11),
			key_fingerprint: 'M2XT-0B8C-RR5V'
		}),
		device(3, {
			name: 'Night build runner',
			device_type: 'Service.Worker.Compute',
			permissions: ['data:read', 'compute:execute', 'telemetry:publish'],
			connected: false,
			last_seen_at: clock.at(-2 * HOUR),
			key_fingerprint: 'Q9D4-71KE-HW6S'
		}),
		device(4, {
			name: 'Meeting room tablet',
			device_type: 'Web Application',
			permissions: ['llm:invoke'],
			connected: false,
			last_seen_at: clock.at(-3 * DAY),
			key_fingerprint: '5CAY-W3T8-1ZGP'
		}),
		device(5, {
			name: 'Old workshop sensor',
			device_type: 'IoT Sensor',
			permissions: ['sensor:read'],
			status: 'revoked',
			connected: false,
			last_seen_at: clock.at(-12 * DAY),
			revoked_at: clock.at(-11 * DAY),
			key_fingerprint: 'XJ0N-44TQ-8FDM',
			platform: null,
			version: null
		})
	];
}

export function samplePairing(clock: FakeClock, changes: Partial<Pairing> = {}): Pairing {
	return {
		id: 'pairing-a',
		device_id: 'dev-a',
		name: 'Cellar hub',
		device_type: 'IoT Gateway',
		permissions: ['sensor:read', 'lights:control'],
		status: 'open',
		ask_first: false,
		typed_entry: 'open',
		created_at: clock.at(-180),
		expires_at: clock.at(420),
		ended_at: null,
		...changes
	};
}

export function sampleKeys(clock: FakeClock): ApiKey[] {
	const key = (id: string, changes: Partial<ApiKey>): ApiKey => ({
		id,
		name: 'Factory floor script',
		prefix: 'cpk_M2XT0B8C',
		role: 'developer',
		scopes: making,
		made_by: 'owner',
		rotated_at: null,
		created_at: clock.at(-40 * DAY),
		expires_at: null,
		last_used_at: clock.at(-5 * HOUR),
		revoked_at: null,
		...changes
	});
	return [
		key('key-a', {}),
		key('key-c', {
			name: 'Wall display in the office that shows who is connected and who is not',
			prefix: 'cpk_5CAYW3T8',
			role: 'viewer',
			scopes: looking,
			created_at: clock.at(-86 * DAY),
			expires_at: clock.at(4 * DAY),
			last_used_at: clock.at(-40)
		}),
		key('key-d', {
			name: 'Night export',
			prefix: 'cpk_XJ0N44TQ',
			role: 'integrator',
			scopes: ['devices:read'],
			created_at: clock.at(-120 * DAY),
			expires_at: clock.at(-30 * DAY),
			last_used_at: clock.at(-31 * DAY)
		}),
		key('key-b', {
			name: 'Trial run',
			prefix: 'cpk_Q9D471KE',
			role: 'admin',
			last_used_at: null,
			revoked_at: clock.at(-38 * DAY)
		})
	];
}

export function sampleRequest(
	clock: FakeClock,
	changes: Partial<PlatformRequest> = {}
): PlatformRequest {
	return {
		id: 'pairing-r',
		status: 'waiting',
		name: 'Kitchen hub',
		device_type: 'IoT Gateway',
		permissions: ['lights:control', 'sensor:read'],
		public_key: 'O8u6dj2bMC4v6Rk0PZ8wS1mTnXy5LhFqEaUoVgCcIdk',
		key_fingerprint: '7F3K-9QWZ-4JN2',
		comparison: '483 920',
		said_name: 'hub-4f2a',
		said_device_type: 'Home hub 2',
		said_platform: 'Linux aarch64',
		said_version: '0.1.0',
		address: '192.168.1.42',
		other_keys: 0,
		asked_at: clock.at(-12),
		expires_at: clock.at(288),
		seconds_left: 288,
		reason: null,
		...changes
	};
}

export function sampleEntries(clock: FakeClock): ActivityEntry[] {
	const owner = { kind: 'owner', id: null, name: null } as const;
	const device = { kind: 'device', id: null, name: null } as const;
	const script = { kind: 'api_key', id: 'key-a', name: 'Factory floor script' } as const;
	const entry = (
		number: number,
		ago: number,
		actor: ActivityEntry['actor'],
		action: string,
		name: string | null,
		changes: Partial<ActivityEntry> = {}
	): ActivityEntry => ({
		number,
		at: clock.at(-ago),
		actor,
		action,
		subjects: [{ id: `pair-${number}`, name }],
		address: null,
		details: null,
		hash: '00'.repeat(32),
		...changes
	});
	return [
		entry(12345, 40, device, 'pairing_completed', 'Kitchen hub', { address: '192.168.1.42' }),
		entry(12344, 55, owner, 'request_approved', 'Kitchen hub'),
		entry(12343, 90, device, 'request_made', 'Kitchen hub', { address: '192.168.1.42' }),
		entry(12342, 300, script, 'pairing_opened', 'Loading dock scanner', { address: '127.0.0.1' }),
		entry(12341, 4 * HOUR, device, 'claim_refused', 'Greenhouse sensor', {
			address: '192.168.1.77',
			details: 'code_unknown'
		}),
		entry(12340, DAY, owner, 'device_revoked', 'Old workshop sensor'),
		entry(12339, DAY + HOUR, owner, 'api_key_created', 'Factory floor script'),
		entry(12338, 6 * DAY, { kind: 'platform', id: null, name: null }, 'activity_pruned', null, {
			subjects: []
		}),
		entry(12337, 6 * DAY + 60, script, 'something_newer', null)
	];
}

import type { AlarmView } from '$lib/bindings/AlarmView';
import type { PlatformDevice } from '$lib/bindings/PlatformDevice';
import type { ReviewChange } from '$lib/bindings/ReviewChange';
import type { ReviewDevice } from '$lib/bindings/ReviewDevice';
import type { Tombstone } from '$lib/bindings/Tombstone';
import type { FakeClock } from './FakeClock';
import type { FakeReview } from './FakeReview';
import { gatewayDevice } from './sampleGateway';
import { sampleDevice, sampleDevices } from './samples';

const HOUR = 3600;
const DAY = 24 * HOUR;
const SILENT_END = 180 * DAY * 1000;

const names = {
	embedded: 'This computer',
	'plat-home': 'Home gateway',
	'plat-works': 'Works server'
};
type Where = keyof typeof names;
/** What a node lends its gateway, some of it unknown to the app. */
export const sampleLent = [
	'cap:system',
	'command:system.run',
	'command:kiln.fire',
	'permission:camera',
	'denied:location'
];

function reviewed(
	platform: Where,
	device: PlatformDevice,
	changes: Partial<ReviewDevice> = {}
): ReviewDevice {
	const sensitive = device.permissions.some((one) => /control|execute|invoke/.test(one));
	const ends = Date.parse(device.last_seen_at ?? device.paired_at) + SILENT_END;
	return {
		platform,
		platform_name: names[platform],
		standing: device.status,
		group: null,
		marks: sensitive && !device.gateway ? ['broad'] : [],
		expires_at: device.status === 'revoked' || device.gateway ? null : new Date(ends).toISOString(),
		device,
		...changes
	};
}

/** What is known of this computer, a gateway and a server. */
export function sampleReviewed(clock: FakeClock): ReviewDevice[] {
	const works = (number: number, changes: Partial<PlatformDevice>) =>
		sampleDevice(clock, {
			id: `dev-0198f3a2-7c11-7e53-9f0a-4b6d2c8e1f${50 + number}`,
			connected: false,
			last_address: `10.20.0.${number}`,
			...changes
		});
	return [
		...sampleDevices(clock).map((device) => reviewed('embedded', device)),
		reviewed(
			'plat-home',
			gatewayDevice(clock, { connected: true, key_fingerprint: 'C0XE-J7Q2-5LWB' })
		),
		reviewed(
			'plat-home',
			gatewayDevice(
				clock,
				{
					id: 'bb22',
					name: 'Workshop node',
					device_type: 'OpenClaw node',
					connected: false,
					last_seen_at: clock.at(-40 * DAY),
					key_fingerprint: 'V3RD-YH84-1NTA'
				},
				{ roles: ['node'], scopes: [], lends: sampleLent, tokens: [] }
			)
		),
		reviewed(
			'plat-works',
			works(1, {
				name: 'Loading dock scanner',
				device_type: 'Handheld scanner',
				permissions: ['data:read', 'telemetry:publish'],
				tags: ['dock'],
				last_seen_at: clock.at(-3 * HOUR),
				key_fingerprint: 'G6SB-2M9F-XK7C'
			}),
			{ group: 'Rented', marks: ['unknown_type'] }
		),
		reviewed(
			'plat-works',
			works(2, {
				name: 'Paint shop dosing pump',
				device_type: 'IoT Sensor',
				permissions: ['sensor:read', 'compute:execute'],
				tags: ['line-2'],
				paired_at: clock.at(-300 * DAY),
				last_seen_at: clock.at(-161 * DAY),
				key_fingerprint: 'R7WN-5E0C-KX2D'
			})
		),
		reviewed(
			'plat-works',
			works(3, {
				name: 'Spare hub in the cupboard',
				device_type: 'IoT Gateway',
				permissions: ['sensor:read', 'lights:control'],
				paired_at: clock.at(-48 * DAY),
				last_seen_at: null,
				last_address: null,
				key_fingerprint: 'ZP4M-8H1B-6TQ9'
			}),
			{ marks: ['never_used', 'broad'] }
		),
		reviewed(
			'plat-works',
			works(4, {
				name: 'Build runner 1',
				device_type: 'Service.Worker.Compute',
				permissions: ['data:read', 'compute:execute'],
				connected: true,
				last_seen_at: clock.at(-2 * HOUR),
				key_fingerprint: 'Q9D4-71KE-HW6S'
			})
		)
	];
}

export function sampleChanges(clock: FakeClock): ReviewChange[] {
	const devices = sampleReviewed(clock);
	const change = (
		number: number,
		ago: number,
		kind: ReviewChange['kind'],
		name: string,
		rights: Partial<ReviewChange> = {}
	): ReviewChange => {
		const device = devices.find((known) => known.device.name === name) ?? null;
		const may = device?.device.permissions ?? [];
		return {
			number,
			kind,
			at: clock.at(-ago),
			name,
			platform: device?.platform ?? 'plat-works',
			platform_name: device?.platform_name ?? names['plat-works'],
			device_id: device?.device.id ?? 'dev-gone',
			before: kind === 'added' ? [] : may,
			then: may,
			device,
			...rights
		};
	};
	return [
		change(41, 6 * DAY, 'added', 'Hallway hub'),
		change(42, 3 * DAY, 'added', 'Loading dock scanner'),
		change(43, 2 * DAY, 'rights', 'Paint shop dosing pump', {
			before: ['sensor:read', 'config:read'],
			then: ['sensor:read', 'compute:execute']
		}),
		change(44, 5 * HOUR, 'ended', 'Old workshop sensor')
	];
}

export function sampleTombstones(clock: FakeClock): Tombstone[] {
	const tombstone = (number: number, changes: Partial<Tombstone>): Tombstone => ({
		number,
		platform: 'plat-works',
		platform_name: names['plat-works'],
		device_id: `dev-${number}`,
		name: 'Forklift tablet',
		key: 'H2QK-9V4X-0RDM',
		standing: 'revoked',
		at: clock.at(-2 * DAY),
		who: { kind: 'you' },
		why: 'Lost at the yard.',
		...changes
	});
	return [
		tombstone(4, {}),
		tombstone(3, {
			platform: 'embedded',
			platform_name: names.embedded,
			name: 'Old workshop sensor',
			key: 'XJ0N-44TQ-8FDM',
			at: clock.at(-11 * DAY),
			who: { kind: 'other', actor: { kind: 'owner', id: null, name: null } },
			why: null
		}),
		tombstone(2, {
			name: 'Night build runner 2',
			key: 'T6JB-3SEA-YK1W',
			at: clock.at(-30 * DAY),
			who: { kind: 'other', actor: { kind: 'api_key', id: 'key-a', name: 'Clean-up script' } },
			why: 'Replaced by the new one.'
		}),
		tombstone(1, {
			platform: 'plat-former',
			platform_name: 'Garage gateway',
			name: 'Kitchen tablet',
			key: '8NCG-PZ50-M4VH',
			standing: 'gone',
			at: clock.at(-64 * DAY),
			who: null,
			why: null
		})
	];
}

/** The key of the tablet that was lost is in again, at the gateway. */
export function sampleAlarm(clock: FakeClock): AlarmView {
	const [tablet] = sampleTombstones(clock);
	if (!tablet) throw new Error('no tombstone');
	return {
		number: 1,
		key: tablet.key,
		platform: 'plat-home',
		platform_name: names['plat-home'],
		subject: 'returned',
		name: 'android-3f9c',
		asks: false,
		noticed_at: clock.at(-20 * 60),
		ended_platform: tablet.platform,
		ended_platform_name: tablet.platform_name,
		ended_device: tablet.device_id,
		ended_name: tablet.name,
		was_revoked: true,
		ended_at: tablet.at,
		ended_by: tablet.who,
		reason: tablet.why
	};
}

/** All of it. */
export function fillReview(review: FakeReview, clock: FakeClock): void {
	review.devices = sampleReviewed(clock);
	review.changes = sampleChanges(clock);
	review.reviewedAt = clock.at(-7 * DAY);
	review.tombstones = sampleTombstones(clock);
}

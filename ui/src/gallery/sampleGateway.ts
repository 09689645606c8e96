import type { CheckedAddress } from '$lib/bindings/CheckedAddress';
import type { CreateSetupCode } from '$lib/bindings/CreateSetupCode';
import type { GatewayDevice } from '$lib/bindings/GatewayDevice';
import type { GatewayRequest } from '$lib/bindings/GatewayRequest';
import type { PlatformDevice } from '$lib/bindings/PlatformDevice';
import type { PlatformRequest } from '$lib/bindings/PlatformRequest';
import type { SetupGrant } from '$lib/bindings/SetupGrant';
import type { ShownSetupCode } from '$lib/bindings/ShownSetupCode';
import type { FakeClock } from './FakeClock';
import { sampleQr } from './qr';
import { sampleDevice, sampleRequest } from './samples';

export const sampleChecked: CheckedAddress[] = [
	{ address: 'wss://192.168.1.10:18789', problem: null, warnings: [] }
];

const LIMITED = [
	'operator.approvals',
	'operator.questions',
	'operator.read',
	'operator.talk.secrets',
	'operator.write'
];
const handed: Record<SetupGrant, { roles: string[]; scopes: string[] }> = {
	full: { roles: ['node', 'operator'], scopes: ['operator.admin', ...LIMITED] },
	limited: { roles: ['node', 'operator'], scopes: LIMITED },
	node: { roles: ['node'], scopes: [] }
};

export function sampleSetupCode(
	clock: FakeClock,
	{ grant }: CreateSetupCode,
	addresses: CheckedAddress[]
): ShownSetupCode {
	return {
		id: 'setup-1',
		text: 'eyJ1cmwiOiJ3c3M6Ly8xOTIuMTY4LjEuMTA6MTg3ODkiLCJib290c3RyYXBUb2tlbiI6IkE3ZjNLOXFXWiJ9',
		qr: sampleQr,
		grant,
		narrowed: false,
		...handed[grant],
		expires_at: clock.at(600),
		addresses
	};
}

/** A phone that a gateway has let in. */
export function gatewayDevice(
	clock: FakeClock,
	changes: Partial<PlatformDevice> = {},
	own: Partial<GatewayDevice> = {}
): PlatformDevice {
	const scopes = ['operator.approvals', 'operator.read', 'operator.write'];
	return {
		...sampleDevice(clock, {
			id: '7c1d0f3a9b2e4d58a6c0f1e2d3b4a5968778695a4b3c2d1e0f9a8b7c6d5e4f30',
			name: 'Ada’s phone',
			device_type: 'OpenClaw phone',
			permissions: ['node', 'operator', ...scopes],
			tags: [],
			last_address: '192.168.1.61',
			platform: 'iOS 20.1',
			version: null,
			...changes
		}),
		gateway: {
			approved_via: 'setup_code',
			client: 'openclaw-ios',
			roles: ['node', 'operator'],
			scopes,
			lends: [],
			tokens: [
				{
					role: 'operator',
					scopes,
					rotated_at: clock.at(-86_400),
					revoked_at: null,
					last_used_at: clock.at(-120)
				},
				{ role: 'node', scopes: [], rotated_at: null, revoked_at: null, last_used_at: null }
			],
			this_app: false,
			...own
		}
	};
}

/** Somebody asks a gateway. */
export function gatewayRequest(
	clock: FakeClock,
	changes: Partial<PlatformRequest> = {},
	own: Partial<GatewayRequest> = {}
): PlatformRequest {
	return {
		...sampleRequest(clock, {
			id: 'device-7c1d0f3a',
			name: 'Kitchen tablet',
			device_type: 'OpenClaw tablet',
			permissions: ['operator', 'operator.read', 'operator.write'],
			comparison: '',
			said_device_type: 'iPad',
			said_platform: 'iPadOS 20.1',
			said_version: null,
			...changes
		}),
		gateway: {
			kind: 'device',
			known: false,
			client: 'openclaw-ios',
			new_roles: ['operator'],
			kept_roles: [],
			added: ['operator.read', 'operator.write'],
			kept: [],
			adds_control: false,
			caps: [],
			commands: [],
			system_permissions: [],
			missing: [],
			...own
		}
	};
}

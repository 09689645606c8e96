import type { CheckedAddress } from '$lib/bindings/CheckedAddress';
import type { CreateSetupCode } from '$lib/bindings/CreateSetupCode';
import type { SetupGrant } from '$lib/bindings/SetupGrant';
import type { ShownSetupCode } from '$lib/bindings/ShownSetupCode';
import type { FakeClock } from './FakeClock';
import { sampleQr } from './qr';

export const sampleChecked: CheckedAddress[] = [
	{ address: 'wss://192.168.1.10:18789', problem: null, warnings: [] }
];

const LIMITED = ['operator.approvals', 'operator.read', 'operator.talk.secrets', 'operator.write'];
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

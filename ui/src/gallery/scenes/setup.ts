import type { CheckedAddress } from '$lib/bindings/CheckedAddress';
import { gatewayView } from '../samplePlatforms';
import { begin, click, type Scene, type Stage } from '../stage';

async function atGateway(stage: Stage): Promise<void> {
	stage.host.add(gatewayView());
	await begin(stage);
	await stage.app.choose('plat-home');
}

async function shown(stage: Stage, checked?: CheckedAddress[]): Promise<void> {
	await atGateway(stage);
	if (checked) stage.host.on('plat-home').checked = checked;
	await stage.app.platform.setup.create();
}

const bridge: CheckedAddress[] = [
	{
		address: 'ws://172.17.0.2:18789',
		problem: {
			code: 'gateway_unreachable',
			message: 'Nothing answers there.',
			hint: 'Check that the gateway listens on this network.'
		},
		warnings: [
			{
				fatal: true,
				message: 'This address is the inside of a container network; phones cannot reach it.',
				fix: 'Publish the gateway’s port on the host, and make the code with the host’s own address.'
			}
		]
	}
];
const clear: CheckedAddress[] = [
	{
		address: 'ws://192.168.1.10:18789',
		problem: null,
		warnings: [
			{
				fatal: false,
				message:
					'This address is not encrypted: whoever shares the network can read along, and the gateway grants limited access at most.',
				fix: 'Set gateway.tls.enabled to true at the gateway, restart it, and make a new code.'
			}
		]
	},
	...bridge
];

/** The Pair page of a gateway. */
export const setup: Record<string, Scene> = {
	'setup-form': atGateway,
	'setup-addresses': async (stage) => {
		stage.host.add(gatewayView({ address: 'wss://127.0.0.1:18789' }));
		await begin(stage);
		await stage.app.choose('plat-home');
		return click('.combobox-trigger');
	},
	'setup-full': async (stage) => {
		await atGateway(stage);
		stage.app.platform.setup.grant = 'full';
		return click('.disclosure');
	},
	'setup-refused': async (stage) => {
		await atGateway(stage);
		stage.host.on('plat-home').refuse('createSetupCode', {
			code: 'gateway_missing_scope',
			message: 'This app may not make setup codes at the gateway: operator.admin is missing.',
			hint: 'Approve the app for it at the gateway, or sign in with the shared token.'
		});
		await stage.app.platform.setup.create();
	},
	'setup-open': (stage) => shown(stage),
	'setup-warned': (stage) => shown(stage, clear),
	'setup-unusable': (stage) => shown(stage, bridge),
	'setup-used': async (stage) => {
		await shown(stage);
		stage.host.emit({
			type: 'setup_code_used',
			platform: 'plat-home',
			used: { id: 'setup-1', device_id: 'aa', device_name: 'Ada’s phone', delivered: true }
		});
	},
	'setup-hidden': async (stage) => {
		await shown(stage);
		stage.clock.advance(75_000);
	},
	'setup-expired': async (stage) => {
		await shown(stage);
		stage.clock.advance(600_000);
	},
	'setup-expired-away': async (stage) => {
		await shown(stage);
		stage.host.on('plat-home').refuse('setupCodeUsed', {
			code: 'gateway_unreachable',
			message: 'Home gateway does not answer.',
			hint: 'It is asked again once it does.'
		});
		stage.clock.advance(600_000);
	}
};

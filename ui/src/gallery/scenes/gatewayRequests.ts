import type { PlatformRequest } from '$lib/bindings/PlatformRequest';
import { gatewayRequest } from '../sampleGateway';
import { gatewayView } from '../samplePlatforms';
import { begin, type Scene, type Stage } from '../stage';

async function asked(stage: Stage, ...requests: PlatformRequest[]): Promise<void> {
	stage.host.add(gatewayView()).requests = requests;
	await begin(stage);
	await stage.app.choose('plat-home');
}

/** Reads the list again, as after any change at a gateway. */
async function now(stage: Stage, ...requests: PlatformRequest[]): Promise<void> {
	stage.host.on('plat-home').requests = requests;
	await stage.app.requests.load();
}

const more = ({ clock }: Stage) =>
	gatewayRequest(
		clock,
		{ expires_at: clock.at(41) },
		{
			known: true,
			new_roles: [],
			kept_roles: ['operator'],
			added: ['operator.admin', 'operator.pairing'],
			kept: ['operator.read', 'operator.write'],
			adds_control: true
		}
	);

const node = ({ clock }: Stage) =>
	gatewayRequest(
		clock,
		{
			id: 'node-11',
			name: 'Workshop camera',
			device_type: 'OpenClaw node',
			said_device_type: null
		},
		{
			kind: 'node',
			known: true,
			new_roles: [],
			kept_roles: ['node'],
			added: [],
			caps: ['camera', 'screen'],
			commands: ['camera.snap', 'screen.record', 'system.run'],
			system_permissions: ['camera', 'microphone: no'],
			missing: ['operator.admin']
		}
	);

/** The Requests page of a gateway. */
export const gatewayRequests: Record<string, Scene> = {
	'gateway-empty': (stage) => asked(stage),
	'gateway-new': (stage) => asked(stage, gatewayRequest(stage.clock)),
	'gateway-control': (stage) => asked(stage, more(stage)),
	'gateway-node': (stage) => asked(stage, node(stage)),
	'gateway-changed': async (stage) => {
		await asked(stage, gatewayRequest(stage.clock));
		await now(stage, more(stage));
	},
	'gateway-gone': async (stage) => {
		await asked(stage, gatewayRequest(stage.clock));
		await now(stage);
	},
	'gateway-approved': async (stage) => {
		await asked(stage, gatewayRequest(stage.clock));
		const [request] = stage.app.requests.all;
		if (request) await stage.app.requests.approve(request);
	}
};

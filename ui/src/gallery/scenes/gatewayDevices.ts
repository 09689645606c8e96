import type { PlatformView } from '$lib/bindings/PlatformView';
import { sampleAlert } from '../sampleAlerts';
import { gatewayDevice } from '../sampleGateway';
import { otherCertificate } from '../sampleFound';
import { CROWDED, gatewayView } from '../samplePlatforms';
import { begin, type Scene, type Stage } from '../stage';

async function listed(stage: Stage, changes: Partial<PlatformView> = {}): Promise<void> {
	const { clock } = stage;
	const heard = changes.as_of ?? clock.at(0);
	stage.host.add(gatewayView(changes)).devices = [
		gatewayDevice(clock, { connected: true, last_seen_at: heard }),
		gatewayDevice(
			clock,
			{
				id: 'aa11',
				name: 'Clawpair on desk',
				device_type: 'OpenClaw operator',
				connected: true,
				last_seen_at: heard
			},
			{
				approved_via: 'silent',
				client: 'gateway-client',
				roles: ['operator'],
				scopes: ['operator.admin', 'operator.read'],
				this_app: true
			}
		),
		gatewayDevice(
			clock,
			{
				id: 'bb22',
				name: 'Workshop node',
				device_type: 'OpenClaw node',
				status: 'disabled',
				connected: false,
				last_seen_at: clock.at(-7200)
			},
			{ approved_via: null, roles: ['node'], scopes: [], tokens: [] }
		)
	];
	await begin(stage);
	await stage.app.choose('plat-home');
}

const away = ({ clock }: Stage): Partial<PlatformView> => ({
	as_of: clock.at(-3600),
	state: {
		kind: 'retrying',
		at: clock.at(30),
		why: {
			code: 'gateway_unreachable',
			message: 'The gateway at wss://192.168.1.10:18789 does not answer.',
			hint: 'Check that it runs and that this computer is on the same network.'
		}
	}
});

function chosen({ app }: Stage): void {
	const { selection } = app.devices;
	selection.begin();
	selection.toggleAll();
}

function phone({ app }: Stage) {
	const device = app.devices.visible.find(({ name }) => name === 'Ada’s phone');
	if (!device) throw new Error('no phone');
	return device;
}

/** The Devices page of a gateway. */
export const gatewayDevices: Record<string, Scene> = {
	'at-gateway': (stage) => listed(stage),
	'at-gateway-expanded': async (stage) => {
		await listed(stage);
		stage.app.devices.toggle(phone(stage).id);
	},
	'at-gateway-rename': async (stage) => {
		await listed(stage);
		stage.app.devices.askToRename(phone(stage));
	},
	'at-gateway-remove': async (stage) => {
		await listed(stage);
		stage.app.devices.ask(stage.app.devices.revocation, phone(stage));
	},
	'at-gateway-rotate': async (stage) => {
		await listed(stage);
		stage.app.devices.roleTokens.rotation.ask({ device: phone(stage), role: 'operator' });
	},
	'at-gateway-away': async (stage) => {
		await listed(stage, away(stage));
		stage.app.devices.toggle(phone(stage).id);
	},
	'at-gateway-away-rotate': async (stage) => {
		await listed(stage, away(stage));
		stage.app.devices.roleTokens.rotation.ask({ device: phone(stage), role: 'operator' });
	},
	'at-gateway-away-rotated': async (stage) => {
		await listed(stage, away(stage));
		const { rotation } = stage.app.devices.roleTokens;
		rotation.ask({ device: phone(stage), role: 'operator' });
		await rotation.accept();
	},
	'at-gateway-away-remove': async (stage) => {
		await listed(stage, away(stage));
		stage.app.devices.ask(stage.app.devices.revocation, phone(stage));
	},
	'at-gateway-selecting': async (stage) => {
		await listed(stage);
		chosen(stage);
	},
	'at-gateway-bulk-asked': async (stage) => {
		await listed(stage);
		chosen(stage);
		stage.app.devices.selection.ask('revoke');
	},
	'at-gateway-bulk-removed': async (stage) => {
		await listed(stage);
		chosen(stage);
		stage.app.devices.selection.ask('revoke');
		await stage.app.devices.selection.question.accept();
	},
	'at-gateway-away-bulk-asked': async (stage) => {
		await listed(stage, away(stage));
		chosen(stage);
		stage.app.devices.selection.ask('revoke');
	},
	'at-gateway-crowded': (stage) => listed(stage, { notice: CROWDED })
};

/** The Alerts page of a gateway, and pages that it has no use for. */
export const gatewayAlerts: Record<string, Scene> = {
	'at-gateway-empty': (stage) => listed(stage),
	'at-gateway-refused': async (stage) => {
		const accepted = gatewayView().pin;
		const shown = accepted?.replaceAll('3', 'C') ?? '';
		const gateway = stage.host.add(
			gatewayView({
				as_of: null,
				state: {
					kind: 'refused',
					why: otherCertificate(true),
					remedy: { kind: 'certificate', shown, accepted }
				}
			})
		);
		gateway.alerts = [
			sampleAlert(stage.clock, {
				rule: 'gateway_certificate_changed',
				severity: 'high',
				sentence:
					'The gateway at wss://192.168.1.10:18789 shows another certificate than the one you accepted. Nothing is sent to it until you compare.',
				subject: shown,
				actor: null,
				address: null,
				quarantined_device: null
			})
		];
		await begin(stage);
		await stage.app.choose('plat-home');
	},
	'at-gateway': async (stage) => {
		await listed(stage);
		stage.host.on('plat-home').alerts = [
			sampleAlert(stage.clock, {
				rule: 'device_returned',
				severity: 'high',
				sentence: 'Ada’s phone was removed and is in the gateway’s list again.',
				subject: phone(stage).id,
				actor: null,
				address: null,
				quarantined_device: null
			}),
			sampleAlert(stage.clock, {
				id: 'alert-2',
				rule: 'gateway_certificate_changed',
				severity: 'high',
				sentence: 'The gateway shows another certificate than the one that was accepted.',
				subject: gatewayView().pin,
				actor: null,
				address: null,
				quarantined_device: null
			})
		];
		await stage.app.alerts.load();
		stage.app.alerts.toggle('alert-2');
	}
};

export const gatewayActivity: Record<string, Scene> = { 'at-gateway': (stage) => listed(stage) };
export const gatewayKeys: Record<string, Scene> = { 'at-gateway': (stage) => listed(stage) };

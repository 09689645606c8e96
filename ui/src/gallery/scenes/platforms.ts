import type { PlatformState } from '$lib/bindings/PlatformState';
import type { Remedy } from '$lib/bindings/Remedy';
import { sampleFound, sampleLocal, TOKEN_ENDED, otherCertificate } from '../sampleFound';
import { sampleErrands } from '../sampleOutbox';
import { CROWDED, gatewayView, serverView } from '../samplePlatforms';
import { sampleAlerts } from '../sampleAlerts';
import { sampleRequest } from '../samples';
import { begin, click, type Scene, type Stage } from '../stage';

/** The window with a gateway and a server besides. */
export async function withOthers(stage: Stage, state?: PlatformState): Promise<void> {
	stage.host.add(gatewayView(state ? { state } : {}));
	stage.host.add(serverView());
	await begin(stage);
}

async function about(stage: Stage, state: PlatformState): Promise<void> {
	await withOthers(stage, state);
	await stage.app.choose('plat-home');
}

const refused = (remedy: Remedy): PlatformState => ({
	kind: 'refused',
	why: remedy.kind === 'certificate' ? otherCertificate(remedy.accepted !== null) : TOKEN_ENDED,
	remedy
});
const changed: Remedy = {
	kind: 'certificate',
	shown: gatewayView().pin?.replaceAll('3', 'C') ?? '',
	accepted: gatewayView().pin
};

function gateway({ app }: Stage) {
	const platform = app.platforms.find('plat-home');
	if (!platform) throw new Error('no gateway');
	return platform;
}

/** The Platforms page, and what keeps a platform from answering. */
export const platforms: Record<string, Scene> = {
	alone: (stage) => begin(stage),
	several: async (stage) => {
		await withOthers(stage);
		stage.app.platforms.toggle('plat-home');
	},
	noticed: async (stage) => {
		stage.host.add(gatewayView({ notice: CROWDED }));
		await begin(stage);
	},
	'menu-noticed': async (stage) => {
		stage.host.add(gatewayView({ notice: CROWDED }));
		await begin(stage);
		stage.host.on('plat-home').emit({ type: 'request', request: sampleRequest(stage.clock) });
		return click('[data-testid="platform-switcher"]');
	},
	menu: async (stage) => {
		await withOthers(stage);
		stage.host.on('plat-home').emit({ type: 'request', request: sampleRequest(stage.clock) });
		return click('[data-testid="platform-switcher"]');
	},
	elsewhere: async (stage) => {
		stage.host.add(gatewayView()).alerts = sampleAlerts(stage.clock);
		await begin(stage);
		stage.host.on('plat-home').emit({ type: 'request', request: sampleRequest(stage.clock) });
	},
	adding: async (stage) => {
		stage.host.local = sampleLocal;
		stage.host.onNetwork = sampleFound;
		await begin(stage);
		await stage.app.platforms.adding.begin();
	},
	'adding-in-clear': async (stage) => {
		stage.host.onNetwork = sampleFound;
		await begin(stage);
		const { adding } = stage.app.platforms;
		await adding.begin();
		const shed = adding.found.find(({ claims }) => claims === null);
		if (shed) adding.take(shed);
		return click('.disclosure');
	},
	'adding-looking': async (stage) => {
		await begin(stage);
		await stage.app.platforms.adding.begin();
		stage.app.platforms.adding.kind = 'server';
	},
	'adding-faults': async (stage) => {
		await begin(stage);
		const { adding } = stage.app.platforms;
		await adding.begin();
		adding.address = '192.168.1.20';
		await adding.submit();
	},
	'adding-refused': async (stage) => {
		await begin(stage);
		const { adding } = stage.app.platforms;
		await adding.begin();
		adding.address = 'wss://192.168.1.20:18789';
		adding.credential = 'not-the-token';
		stage.host.refuse('addPlatform', {
			code: 'gateway_unreachable',
			message: 'Nothing answers at wss://192.168.1.20:18789.',
			hint: 'Check that the gateway runs and that its address is right, then add it again.'
		});
		await adding.submit();
	},
	'waiting-for-approval': (stage) =>
		about(stage, {
			kind: 'waiting_for_approval',
			request: '3f2a9c1e-6b7d-4e0f-8a21-5c9d0e7f1b34',
			why: {
				code: 'gateway_approval_needed',
				message: 'The gateway asks a person to approve this app.',
				hint: 'Approve it on the gateway’s computer. This app knocks until then.'
			}
		}),
	retrying: async (stage) => {
		await withOthers(stage);
		await stage.app.choose('plat-home');
		await stage.app.platforms.apply([
			stage.app.platforms.embedded.view,
			gatewayView({
				state: {
					kind: 'retrying',
					at: stage.clock.at(30),
					why: {
						code: 'gateway_unreachable',
						message: 'The gateway at wss://192.168.1.10:18789 does not answer.',
						hint: 'Check that it runs and that this computer is on the same network.'
					}
				}
			}),
			serverView()
		]);
	},
	refused: (stage) => about(stage, refused({ kind: 'sign_in' })),
	'sign-in': async (stage) => {
		await about(stage, refused({ kind: 'sign_in' }));
		stage.app.platforms.changes.askToSignIn(gateway(stage));
	},
	'sign-in-in-clear': async (stage) => {
		const view = gatewayView({ address: 'ws://192.168.1.10:18789', pin: null });
		stage.host.add({ ...view, state: refused({ kind: 'sign_in' }) });
		await begin(stage);
		await stage.app.choose('plat-home');
		stage.app.platforms.changes.askToSignIn(gateway(stage));
	},
	certificate: (stage) => about(stage, refused(changed)),
	'certificate-asked': async (stage) => {
		await about(stage, refused(changed));
		if (changed.kind === 'certificate')
			stage.app.platforms.changes.askToCompare({ platform: gateway(stage), ...changed });
	},
	'rename-asked': async (stage) => {
		await withOthers(stage);
		stage.app.platforms.changes.askToRename(gateway(stage));
	},
	'remove-asked': async (stage) => {
		await withOthers(stage);
		await stage.app.platforms.changes.askToRemove(gateway(stage));
	},
	'remove-asked-under-way': async (stage) => {
		stage.host.outbox.all = sampleErrands(stage.clock);
		await withOthers(stage);
		await stage.app.platforms.changes.askToRemove(gateway(stage));
	},
	'remove-asked-waiting': async (stage) => {
		stage.host.outbox.all = sampleErrands(stage.clock).slice(-1);
		await withOthers(stage);
		await stage.app.platforms.changes.askToRemove(gateway(stage));
	}
};

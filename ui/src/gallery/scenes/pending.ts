import type { ErrandView } from '$lib/bindings/ErrandView';
import type { BulkAction } from '$lib/state/deviceSelection.svelte';
import { sampleErrand, sampleErrands } from '../sampleOutbox';
import { gatewayView, serverView } from '../samplePlatforms';
import { sampleDevices, sampleRequest } from '../samples';
import { begin, click, type Scene, type Stage } from '../stage';
import { awayServer } from './outbox';

/** The pages about a server that is away, with its devices as they were last heard of. */
async function away(stage: Stage): Promise<void> {
	const view = awayServer(stage);
	const heard = view.as_of ?? '';
	// Nobody was seen after their platform was heard.
	stage.host.add(view).devices = sampleDevices(stage.clock).map((device) =>
		(device.last_seen_at ?? '') > heard ? { ...device, last_seen_at: heard } : device
	);
	await begin(stage);
	await stage.app.choose('plat-works');
}

function visible({ app }: Stage, place: number) {
	const device = app.devices.visible[place];
	if (!device) throw new Error('no such device');
	return device;
}

function askForMany({ app }: Stage, action: BulkAction): void {
	const { selection } = app.devices;
	selection.begin();
	selection.toggleAll();
	selection.ask(action);
}

/** The same key on all three platforms. */
async function lost(stage: Stage): Promise<void> {
	const [device] = sampleDevices(stage.clock);
	if (!device) throw new Error('no device');
	stage.host.add(gatewayView()).devices = [{ ...device, name: 'Greenhouse' }];
	stage.host.add(awayServer(stage)).devices = [device];
	await begin(stage);
	await stage.app.lost.ask(visible(stage, 0));
	stage.app.lost.reason = 'Left in a taxi on Friday';
}

async function askedEverywhere(stage: Stage): Promise<void> {
	await lost(stage);
	await stage.app.lost.question.accept();
}

/** What was verified is so in the lists that are read now. */
async function readAgain({ app, host }: Stage): Promise<void> {
	for (const platform of host.all)
		platform.devices = platform.devices.map((device) =>
			host.outbox.all.some(
				({ platform: at, subject, state }) =>
					at === platform.view.id && subject === device.id && state.kind === 'verified'
			)
				? { ...device, status: 'revoked', connected: false, revision: device.revision + 1 }
				: device
		);
	await Promise.all([app.outbox.load(), app.devices.load()]);
}

/** The Devices page with changes that wait for their platform. */
export const pendingDevices: Record<string, Scene> = {
	pending: async (stage) => {
		await away(stage);
		const { outbox } = stage.host;
		const { view } = stage.host.on('plat-works');
		outbox.ask(view, visible(stage, 0), { kind: 'revoke', reason: null });
		outbox.ask(view, visible(stage, 1), { kind: 'rename', name: 'Hall' });
		outbox.ask(view, visible(stage, 2), { kind: 'disable', reason: null });
		outbox.ask(view, visible(stage, 2), { kind: 'edit_tags', tags: ['old'] });
		outbox.ask(view, visible(stage, 2), { kind: 'rename', name: 'Runner' });
		await stage.app.devices.load();
		stage.app.devices.toggle(visible(stage, 0).id);
	},
	gone: async (stage) => {
		await away(stage);
		const errand = stage.host.outbox.ask(stage.host.on('plat-works').view, visible(stage, 0), {
			kind: 'revoke',
			reason: null
		});
		stage.host.outbox.change(errand.id, {
			can_withdraw: false,
			attempts: 1,
			state: {
				kind: 'failed',
				fault: 'gone',
				sentence: 'This is over on its platform: it was revoked or removed there.',
				choices: ['leave'],
				why: null
			}
		});
		await stage.app.devices.load();
	},
	'away-revoke-asked': async (stage) => {
		await away(stage);
		stage.app.devices.ask(stage.app.devices.revocation, visible(stage, 0));
	},
	'away-revoked': async (stage) => {
		await away(stage);
		stage.app.devices.ask(stage.app.devices.revocation, visible(stage, 0));
		await stage.app.devices.revocation.accept();
	},
	'away-bulk-asked': async (stage) => {
		await away(stage);
		askForMany(stage, 'revoke');
	},
	'away-bulk-revoked': async (stage) => {
		await away(stage);
		askForMany(stage, 'revoke');
		await stage.app.devices.selection.question.accept();
		await stage.app.devices.load();
	},
	'away-bulk-disabled': async (stage) => {
		await away(stage);
		askForMany(stage, 'disable');
		await stage.app.devices.selection.question.accept();
		await stage.app.devices.load();
	},
	menu: async (stage) => {
		await begin(stage);
		return click('[data-testid="device-more"]');
	},
	'lost-asked': lost,
	'lost-under-way': async (stage) => {
		await askedEverywhere(stage);
		stage.host.outbox.verify(1);
		await readAgain(stage);
	},
	'lost-asks': async (stage) => {
		const { key_fingerprint } = sampleDevices(stage.clock)[0] ?? {};
		stage.platform.requests = [sampleRequest(stage.clock, { key_fingerprint })];
		await askedEverywhere(stage);
		for (const { id, intent } of stage.host.outbox.all)
			if (intent.kind === 'revoke') stage.host.outbox.verify(id);
		await readAgain(stage);
	},
	'lost-to-decide': async (stage) => {
		await askedEverywhere(stage);
		for (const { id, platform } of stage.host.outbox.all)
			if (platform !== 'plat-home') stage.host.outbox.verify(id);
		const { state } = sampleErrands(stage.clock)[0] ?? {};
		const home = stage.host.outbox.open[0];
		if (home && state) stage.host.outbox.change(home.id, { state });
		await readAgain(stage);
	},
	'lost-done': async (stage) => {
		await askedEverywhere(stage);
		for (const { id } of stage.host.outbox.all) stage.host.outbox.verify(id);
		await readAgain(stage);
	}
};

async function decided(stage: Stage, changes: Partial<ErrandView> = {}): Promise<void> {
	const request = sampleRequest(stage.clock);
	stage.host.add(serverView()).requests = [request];
	const { key_fingerprint: key, id: subject, name, permissions } = request;
	stage.host.outbox.all = [
		sampleErrand(stage.clock, {
			subject,
			name,
			key,
			queued_at: stage.clock.at(-40),
			intent: { kind: 'approve', permissions },
			...changes
		})
	];
	await begin(stage);
	await stage.app.choose('plat-works');
}

/** A request that was decided while its platform is away. */
export const pendingRequests: Record<string, Scene> = {
	pending: (stage) => decided(stage),
	'not-sent': async (stage) => {
		await decided(stage);
		stage.clock.advance(300_000);
	},
	unanswered: async (stage) => {
		await decided(stage, { attempts: 1, sent_at: stage.clock.at(-35), state: { kind: 'sent' } });
		stage.clock.advance(300_000);
	}
};

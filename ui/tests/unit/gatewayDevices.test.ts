import { expect, test } from 'vitest';
import type { PlatformState } from '$lib/bindings/PlatformState';
import { sampleAlert } from '../../src/gallery/sampleAlerts';
import { gatewayDevice } from '../../src/gallery/sampleGateway';
import { gatewayView } from '../../src/gallery/samplePlatforms';
import { stage, type Stage } from '../../src/gallery/stage';
import { secondPassed, settle } from './stage';

type AtGateway = Stage & { gateway: ReturnType<Stage['host']['on']> };

async function listed(hash = '#/devices'): Promise<AtGateway> {
	const set = stage(hash);
	const gateway = set.host.add(gatewayView());
	gateway.devices = [gatewayDevice(set.clock)];
	await set.app.start();
	await set.app.choose('plat-home');
	return { ...set, gateway };
}

const first = ({ app }: AtGateway) => {
	const [device] = app.devices.visible;
	if (!device) throw new Error('no device');
	return device;
};

test('renaming sends the name alone, against what was seen', async () => {
	const set = await listed();
	const { id, revision } = first(set);
	set.app.devices.askToRename(first(set));
	set.app.devices.name = ' Ada’s new phone ';
	await set.app.devices.renaming.accept();
	expect(set.gateway.called('editDevice')).toEqual([[id, revision, { name: 'Ada’s new phone' }]]);
	expect(first(set).name).toBe('Ada’s new phone');
});

test('a device that was removed and has come back is listed', async () => {
	const set = await listed();
	set.app.devices.ask(set.app.devices.revocation, first(set));
	await set.app.devices.revocation.accept();
	expect(first(set).status).toBe('revoked');
	set.gateway.devices = [gatewayDevice(set.clock)];
	set.gateway.emit({ type: 'resync' });
	await settle();
	expect(first(set).status).toBe('active');
});

test('a device whose revision looks older is taken all the same: revisions of a gateway are no count', async () => {
	const set = await listed();
	set.gateway.devices = [gatewayDevice(set.clock, { name: 'Renamed elsewhere', revision: 0 })];
	set.gateway.emit({ type: 'resync' });
	await settle();
	expect(first(set).name).toBe('Renamed elsewhere');
});

test('the token of one role is replaced or revoked', async () => {
	const set = await listed();
	const { roleTokens } = set.app.devices;
	roleTokens.rotation.ask({ device: first(set), role: 'operator' });
	await roleTokens.rotation.accept();
	roleTokens.revocation.ask({ device: first(set), role: 'node' });
	await roleTokens.revocation.accept();
	const [operator, node] = first(set).gateway?.tokens ?? [];
	expect([operator?.revoked_at, node?.revoked_at]).toEqual([null, set.clock.at(0)]);
	expect(set.gateway.called('rotateRoleToken')).toEqual([[first(set).id, 'operator']]);
});

test('replacing a token while the gateway is away waits, and is said to', async () => {
	const set = await listed();
	const away = gatewayView({ state: { kind: 'connecting' } });
	set.gateway.view = away;
	set.host.emit({ type: 'platforms', platforms: [away] });
	const { devices } = set.app;
	devices.roleTokens.rotation.ask({ device: first(set), role: 'operator' });
	await devices.roleTokens.rotation.accept();
	expect(devices.queued?.pending?.map(({ intent }) => intent)).toEqual([
		{ kind: 'rotate', role: 'operator' }
	]);
});

test('why a device is removed goes with the removal', async () => {
	const set = await listed();
	set.app.devices.ask(set.app.devices.revocation, first(set));
	set.app.devices.reason = ' Sold. ';
	await set.app.devices.revocation.accept();
	expect(set.gateway.called('revokeDevice')).toEqual([[gatewayDevice(set.clock).id, 'Sold.']]);
});

/** A phone and this app itself, all of them chosen and asked to be removed. */
async function manyRemoved(state?: PlatformState): Promise<AtGateway> {
	const set = await listed();
	set.gateway.devices = [
		gatewayDevice(set.clock),
		gatewayDevice(set.clock, { id: 'own' }, { this_app: true })
	];
	if (state) {
		set.gateway.view = gatewayView({ state });
		set.host.emit({ type: 'platforms', platforms: [set.gateway.view] });
	}
	await set.app.devices.load();
	const { selection } = set.app.devices;
	selection.begin();
	selection.toggleAll();
	expect(selection.isAll).toBe(true);
	selection.ask('revoke');
	selection.reason = ' Sold. ';
	await selection.question.accept();
	return set;
}

test('many are removed together, and never this app itself', async () => {
	const { app, gateway, clock } = await manyRemoved();
	const { id } = gatewayDevice(clock);
	expect(gateway.called('changeDevices')).toEqual([
		[{ action: 'revoke', device_ids: [id], reason: 'Sold.' }]
	]);
	expect(app.devices.find(id)).toMatchObject({
		status: 'revoked',
		gateway: { client: 'openclaw-ios' }
	});
});

test('a removal that waited is done once the gateway no longer lists the device', async () => {
	const set = await manyRemoved({ kind: 'connecting' });
	const { devices } = set.app;
	const { id } = gatewayDevice(set.clock);
	const stand = () => devices.selection.outcomes?.map((one) => devices.selection.stands(one));
	await secondPassed(set);
	expect(stand()).toEqual(['queued']);
	set.gateway.devices = set.gateway.devices.filter((device) => device.id !== id);
	set.host.outbox.verify(1);
	await secondPassed(set);
	expect(stand()).toEqual(['changed']);
	expect(devices.find(id)?.pending).toEqual([]);
});

test('the device that an alert of a gateway names is looked up', async () => {
	const set = await listed('#/alerts');
	const about = { rule: 'device_returned', subject: 'cc33', quarantined_device: null };
	set.gateway.emit({ type: 'alert', alert: sampleAlert(set.clock, about) });
	await settle();
	expect(set.gateway.called('showDevice')).toEqual([['cc33']]);
});

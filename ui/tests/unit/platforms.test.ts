import { expect, test } from 'vitest';
import { sampleAlert } from '../../src/gallery/sampleAlerts';
import type { PlatformState } from '$lib/bindings/PlatformState';
import { gatewayView, serverView } from '../../src/gallery/samplePlatforms';
import { sampleDevice, sampleRequest } from '../../src/gallery/samples';
import { stage, type Stage } from '../../src/gallery/stage';
import { settle } from './stage';

async function withGateway(hash = '#/devices'): Promise<Stage> {
	const set = stage(hash);
	set.host.add(gatewayView());
	await set.app.start();
	return set;
}

test('the platform inside the app is the first to be looked at', async () => {
	const { app } = await withGateway();
	expect(app.platform.id).toBe('embedded');
	expect(app.platforms.all.map(({ id }) => id)).toEqual(['embedded', 'plat-home']);
});

test('what happens on a platform is heard by that one alone', async () => {
	const { app, host, clock } = await withGateway();
	const request = sampleRequest(clock);
	host.on('plat-home').emit({ type: 'request', request });
	expect(app.platforms.find('plat-home')?.requests.waiting).toHaveLength(1);
	expect(app.requests.waiting).toEqual([]);
});

test('a platform that nobody has looked at reads its requests and no devices', async () => {
	const { host } = await withGateway();
	expect(host.on('plat-home').called('listRequests')).toHaveLength(1);
	expect(host.on('plat-home').called('listDevices')).toEqual([]);
});

test('choosing a platform makes the pages be about it', async () => {
	const { app, host, clock } = await withGateway();
	host.on('plat-home').devices = [sampleDevice(clock, { id: 'aa', name: 'Phone' })];
	await app.choose('plat-home');
	expect(app.devices.visible.map(({ name }) => name)).toEqual(['Phone']);
});

test('what a platform cannot do is not asked of it', async () => {
	const { app, host } = await withGateway('#/activity');
	await app.choose('plat-home');
	const asked = host.on('plat-home').calls.map(([name]) => name);
	expect(asked).not.toContain('listActivity');
	expect(asked).not.toContain('listApiKeys');
	expect(asked).not.toContain('listPairings');
});

test('leaving a platform hides the secret it shows', async () => {
	const { app, platform } = await withGateway('#/pair');
	app.pairing.form.name = 'Greenhouse sensor';
	app.pairing.form.deviceType = 'IoT Sensor';
	await app.pairing.create();
	await app.choose('plat-home');
	expect(platform.called('hidePairing')).toHaveLength(1);
	expect(app.platforms.embedded.pairing.secret).toBeNull();
});

test('a platform that comes within reach is read, and one that goes keeps what was known', async () => {
	const set = stage('#/devices');
	const { app, host, clock } = set;
	const away = gatewayView({ state: { kind: 'connecting' }, as_of: null });
	host.add(away).devices = [sampleDevice(clock, { id: 'aa' })];
	await app.start();
	await app.choose('plat-home');
	expect(app.devices.list.loaded).toBe(false);
	host.emit({ type: 'platforms', platforms: [gatewayView()] });
	await settle();
	expect(app.devices.visible).toHaveLength(1);
	host.emit({ type: 'platforms', platforms: [away] });
	await settle();
	expect(app.devices.visible).toHaveLength(1);
});

test('what a platform had when it was last read is listed without it', async () => {
	const { app, host, clock } = stage('#/activity');
	const away = serverView({
		state: { kind: 'connecting' },
		as_of: clock.at(-60)
	});
	const server = host.add(away);
	server.devices = [sampleDevice(clock, { id: 'aa', name: 'Hall' })];
	await app.start();
	await app.choose('plat-works');
	expect(app.devices.visible.map(({ name }) => name)).toEqual(['Hall']);
	const asked = server.calls.map(([name]) => name);
	expect(asked).toEqual(expect.arrayContaining(['listRequests', 'listPairings', 'listActivity']));
	expect(asked).not.toContain('listApiKeys');
	expect(asked).not.toContain('listAlerts');
});

test('alerts about a gateway are listed and said whether or not it can be reached', async () => {
	const { app, host, clock } = stage('#/devices');
	const why = { code: 'gateway_other_certificate', message: 'Another certificate.', hint: null };
	const state: PlatformState = { kind: 'refused', why, remedy: { kind: 'sign_in' } };
	const gateway = host.add(gatewayView({ state, as_of: null }));
	gateway.alerts = [sampleAlert(clock, { id: 'alert-1', severity: 'high' })];
	await app.start();
	const { alerts } = app.platforms.find('plat-home') ?? {};
	expect(alerts?.open.map(({ id }) => id)).toEqual(['alert-1']);
	gateway.emit({ type: 'alert', alert: sampleAlert(clock, { id: 'alert-2' }) });
	expect(alerts?.open).toHaveLength(2);
	expect(app.announcer.slots.join('')).toContain('On Home gateway: A new alert');
});

test('what a server could do when it was last heard counts while it is away', async () => {
	const { app, host, clock } = stage('#/keys');
	const away = serverView({
		state: { kind: 'connecting' },
		capabilities: ['requests', 'revoke_devices'],
		as_of: clock.at(-60)
	});
	const server = host.add(away);
	await app.start();
	await app.choose('plat-works');
	const { platform } = app;
	expect([platform.lacks('keys'), platform.lacks('requests')]).toEqual([true, false]);
	expect([platform.can('revoke_devices'), platform.can('grant_permissions')]).toEqual([
		true,
		false
	]);
	const asked = server.calls.map(([name]) => name);
	expect(asked).toContain('listRequests');
	expect(asked).not.toContain('listPairings');
	host.emit({ type: 'platforms', platforms: [serverView()] });
	await settle();
	expect(platform.lacks('keys')).toBe(false);
});

test('a server that lets this app do nothing has no page of its own but its devices', async () => {
	const { app, host } = stage('#/devices');
	host.add(serverView({ capabilities: [] }));
	await app.start();
	await app.choose('plat-works');
	const pages = (['pair', 'requests', 'devices', 'alerts', 'activity', 'keys'] as const).filter(
		(page) => !app.platform.lacks(page)
	);
	expect(pages).toEqual(['devices']);
});

test('the one inside this app has every page, also before it has said what it can do', () => {
	const { app } = stage('#/keys');
	expect([app.platform.lacks('keys'), app.platform.lacks('pair')]).toEqual([false, false]);
});

test('the pages are about the embedded platform once the other one is removed', async () => {
	const { app, host } = await withGateway();
	await app.choose('plat-home');
	await host.removePlatform('plat-home');
	await settle();
	expect(app.platform.id).toBe('embedded');
});

test('a code of a server carries the addresses that the server chooses', async () => {
	const set = stage('#/pair');
	set.host.data = { ...set.host.data, nearby: null };
	const server = set.host.add(serverView());
	await set.app.start();
	await set.app.choose('plat-works');
	set.app.pairing.form.name = 'Greenhouse sensor';
	set.app.pairing.form.deviceType = 'IoT Sensor';
	await set.app.pairing.create();
	expect(server.called('createPairing')[0]?.[0]).toMatchObject({ addresses: null });
	expect(set.host.called('setNearby')).toEqual([]);
});

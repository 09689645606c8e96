import { expect, test } from 'vitest';
import { started } from './stage';

const full = { code: 'storage_unavailable', message: 'The disk is full.', hint: null };

test('a choice is taken while the network is looked at', async () => {
	const { app, host } = await started({ theme: 'light' }, '#/settings');
	const release = host.hold('refreshAddresses');
	const refreshing = app.overview.refreshAddresses();
	await app.overview.setTheme('dark');
	await app.switchNearby(true);
	expect(host.called('setTheme')).toEqual([['dark']]);
	expect(host.called('setNearby')).toEqual([[true]]);
	expect(app.overview.busy('addresses')).toBe(true);
	release();
	await refreshing;
	expect(app.overview.busy('addresses')).toBe(false);
});

test('the same is not asked for twice at once', async () => {
	const { app, host } = await started({}, '#/settings');
	const release = host.hold('refreshAddresses');
	const first = app.overview.refreshAddresses();
	await app.overview.refreshAddresses();
	release();
	await first;
	expect(host.called('refreshAddresses')).toHaveLength(1);
});

test('nearby devices are busy while those who are connected are counted', async () => {
	const { app, platform } = await started({ nearby: true }, '#/settings');
	const release = platform.hold('listDevices');
	const switching = app.switchNearby(false);
	expect(app.overview.busy('nearby')).toBe(true);
	release();
	await switching;
	expect(app.overview.busy('nearby')).toBe(false);
	expect(app.nearbyOff.about).not.toBeNull();
});

test('nearby devices stay on where nobody can tell whom that cuts off', async () => {
	const { app, host, platform } = await started({ nearby: true }, '#/settings');
	platform.refuse('listDevices', full);
	await app.switchNearby(false);
	expect(host.called('setNearby')).toEqual([]);
	expect(app.overview.error?.message).toBe('The disk is full.');
});

import { expect, test } from 'vitest';
import { curlExample } from '$lib/format/curl';
import { started } from './stage';

async function withKey() {
	const set = await started({}, '#/settings');
	set.app.apiKeys.name = ' Label printer ';
	await set.app.apiKeys.create();
	return set;
}

test('a new key is shown, and listed', async () => {
	const { app, host } = await withKey();
	expect(host.called('createApiKey')).toEqual([['Label printer']]);
	expect(app.apiKeys.shown?.key).toMatch(/^cpk_/);
	expect(app.apiKeys.keys[0]?.name).toBe('Label printer');
	expect(app.apiKeys.name).toBe('');
});

test('a key without a name is not made', async () => {
	const { app, host } = await started({}, '#/settings');
	await app.apiKeys.create();
	expect(app.apiKeys.nameMissing).toBe(true);
	expect(host.called('createApiKey')).toEqual([]);
});

test('a shown key waits for a trip to a terminal, and is hidden after ten minutes without interest', async () => {
	const { app, clock, host } = await withKey();
	clock.advance(599_000);
	expect(app.apiKeys.shown).not.toBeNull();
	clock.advance(1_000);
	expect(app.apiKeys.shown).toBeNull();
	expect(host.called('hideApiKey')).toHaveLength(1);
});

test('a shown key is hidden when the page is left', async () => {
	const { app } = await withKey();
	app.router.open('pair');
	expect(app.apiKeys.shown).toBeNull();
});

test('a refused key keeps its name', async () => {
	const { app, host } = await started({}, '#/settings');
	host.refuse('createApiKey', { code: 'full', message: 'The disk is full.', hint: null });
	app.apiKeys.name = 'Label printer';
	await app.apiKeys.create();
	expect(app.apiKeys.error?.code).toBe('full');
	expect(app.apiKeys.name).toBe('Label printer');
	expect(app.apiKeys.creating).toBe(false);
});

test('the line to try a key has the documented body', () => {
	const line = curlExample('cpk_X', 21327, 'sha256//AAAA=');
	expect(line).toContain("--pinnedpubkey 'sha256//AAAA='");
	expect(line).toContain('https://127.0.0.1:21327/api/v1/devices/pairing-codes');
	expect(line).toContain("'Authorization: Bearer cpk_X'");
	const body: unknown = JSON.parse(/-d '(.*)'$/.exec(line)?.[1] ?? '');
	expect(body).toEqual({
		name: 'New Production Sensor',
		device_type: 'IoT.Sensor.Temperature',
		permissions: ['sensor:read', 'telemetry:publish'],
		expires_in_minutes: 45
	});
});

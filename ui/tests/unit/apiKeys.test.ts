import { expect, test } from 'vitest';
import { curlExample } from '$lib/format/curl';
import { keyStateAt } from '$lib/state/apiKeys.svelte';
import { sampleKeys, sampleRoles } from '../../src/gallery/samples';
import { FakeClock } from '../../src/gallery/FakeClock';
import type { Stage } from '../../src/gallery/stage';
import { started } from './stage';

async function withForm(name: string): Promise<Stage> {
	const set = await started({}, '#/keys');
	set.app.apiKeys.openForm();
	if (set.app.apiKeys.form) set.app.apiKeys.form.name = name;
	return set;
}

async function withKey(): Promise<Stage> {
	const set = await withForm(' Label printer ');
	await set.app.apiKeys.create(sampleRoles);
	return set;
}

test('a new key is shown, and listed, and its form is closed', async () => {
	const { app, platform } = await withKey();
	expect(platform.called('createApiKey')).toEqual([
		[{ name: 'Label printer', role: 'developer', scopes: null, expires_in_days: 90 }]
	]);
	expect(app.apiKeys.shown?.key).toMatch(/^cpk_/);
	expect(app.apiKeys.keys[0]?.name).toBe('Label printer');
	expect(app.apiKeys.form).toBeNull();
});

test('a key without a name is not made', async () => {
	const { app, platform } = await withForm('  ');
	await app.apiKeys.create(sampleRoles);
	expect(app.apiKeys.form?.faults(sampleRoles)).toEqual(['name']);
	expect(platform.called('createApiKey')).toEqual([]);
});

test('what is taken away from a role is sent as what is left', async () => {
	const { app, platform } = await withForm('Reader');
	const { form } = app.apiKeys;
	if (form) form.role = 'viewer';
	form?.toggle('requests:read');
	form?.toggle('alerts:read');
	form?.toggle('alerts:read');
	await app.apiKeys.create(sampleRoles);
	expect(platform.called('createApiKey')[0]?.[0]).toMatchObject({
		role: 'viewer',
		scopes: ['codes:read', 'devices:read', 'alerts:read']
	});
});

test('a key that could do nothing is not made', async () => {
	const { app, platform } = await withForm('Nothing');
	const { form } = app.apiKeys;
	for (const scope of form?.offered(sampleRoles) ?? []) form?.toggle(scope);
	await app.apiKeys.create(sampleRoles);
	expect(form?.faults(sampleRoles)).toEqual(['scopes']);
	expect(platform.called('createApiKey')).toEqual([]);
});

test('a key is active, ends soon, is over, or revoked', () => {
	const clock = new FakeClock('2026-03-14T10:30:00Z');
	const states = sampleKeys(clock).map((key) => [key.id, keyStateAt(key, clock.now())]);
	expect(Object.fromEntries(states)).toEqual({
		'key-a': 'active',
		'key-b': 'revoked',
		'key-c': 'ends_soon',
		'key-d': 'expired'
	});
});

test('a shown key waits for a trip to a terminal, and is hidden after ten minutes without interest', async () => {
	const { app, clock, platform } = await withKey();
	clock.advance(599_000);
	expect(app.apiKeys.shown).not.toBeNull();
	clock.advance(1_000);
	expect(app.apiKeys.shown).toBeNull();
	expect(platform.called('hideApiKey')).toHaveLength(1);
});

test('a shown key is hidden when the page is left', async () => {
	const { app } = await withKey();
	app.router.open('pair');
	expect(app.apiKeys.shown).toBeNull();
});

test('a key that is made while the page is left is not shown', async () => {
	const { app, platform } = await withForm('Label printer');
	const release = platform.hold('createApiKey');
	const creating = app.apiKeys.create(sampleRoles);
	app.router.open('pair');
	release();
	await creating;
	expect(app.apiKeys.shown).toBeNull();
});

test('a refused key keeps its form', async () => {
	const { app, platform } = await withForm('Label printer');
	platform.refuse('createApiKey', { code: 'full', message: 'The disk is full.', hint: null });
	await app.apiKeys.create(sampleRoles);
	expect(app.apiKeys.error?.code).toBe('full');
	expect(app.apiKeys.form?.name).toBe('Label printer');
	expect(app.apiKeys.creating).toBe(false);
});

test('the line that holds the key is copied as a secret', async () => {
	const { app, platform, clock } = await withKey();
	await app.apiKeys.copyLine('curl cpk_X');
	expect(platform.called('copyLine')).toEqual([['curl cpk_X']]);
	expect(platform.called('copyText')).toEqual([]);
	expect(app.apiKeys.copied).toEqual({ what: 'line', seconds: 30 });
	clock.advance(30_000);
	expect(app.apiKeys.copied).toBeNull();
});

test('the line to try a key has the documented body', () => {
	const line =
		curlExample({ key: 'cpk_X', scopes: ['codes:create'] }, 21327, 'sha256//AAAA=') ?? '';
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

test('the line to try a key does what the key may do', () => {
	const line = (scopes: string[]) => curlExample({ key: 'cpk_X', scopes }, 21327, 'sha256//A=');
	expect(line(['devices:read'])).toMatch(/\/api\/v1\/devices \\\n.*Bearer cpk_X'$/);
	expect(line(['alerts:read'])).toBeNull();
});

test('a rotated key is shown with its new secret, and stays one key', async () => {
	const { app, platform } = await started({}, '#/keys');
	const [key] = app.apiKeys.keys;
	if (!key) throw new Error('no key');
	const before = app.apiKeys.keys.length;
	app.apiKeys.overlap = 1440;
	app.apiKeys.rotation.ask(key);
	await app.apiKeys.rotation.accept();
	expect(platform.called('rotateApiKey')).toEqual([[key.id, { overlap_minutes: 1440 }]]);
	expect(app.apiKeys.shown?.api_key.id).toBe(key.id);
	expect(app.apiKeys.keys).toHaveLength(before);
	expect(app.apiKeys.keys[0]?.rotated_at).not.toBeNull();
});

import { expect, test } from 'vitest';
import type { CheckedAddress } from '$lib/bindings/CheckedAddress';
import { gatewayView } from '../../src/gallery/samplePlatforms';
import { stage, type Stage } from '../../src/gallery/stage';
import { settle } from './stage';

type AtGateway = Stage & { gateway: ReturnType<Stage['host']['on']> };

async function atGateway(): Promise<AtGateway> {
	const set = stage('#/pair');
	const gateway = set.host.add(gatewayView());
	await set.app.start();
	await set.app.choose('plat-home');
	return { ...set, gateway };
}

async function made(checked?: CheckedAddress[]): Promise<AtGateway> {
	const set = await atGateway();
	if (checked) set.gateway.checked = checked;
	await set.app.platform.setup.create();
	return set;
}

const used = { id: 'setup-1', device_id: 'aa', device_name: 'Phone', delivered: true };
const warned = (fatal: boolean): CheckedAddress => ({
	address: 'ws://127.0.0.1:18789',
	problem: null,
	warnings: [{ fatal, message: 'Wrong.', fix: 'Mend it.' }]
});

test('a code is limited unless somebody chooses more', async () => {
	const { gateway } = await made();
	expect(gateway.called('createSetupCode')).toEqual([[{ grant: 'limited', address: null }]]);
});

test('a code that a phone can use is shown at once', async () => {
	const { app } = await made([warned(false)]);
	expect(app.platform.setup.status).toBe('open');
	expect(app.platform.setup.secret?.text).toMatch(/^eyJ/);
});

test('a code that no phone can use is shown only after somebody has looked', async () => {
	const { app } = await made([warned(true)]);
	const { setup } = app.platform;
	expect([setup.status, setup.secret]).toEqual(['checked', null]);
	setup.showAnyway();
	expect(setup.status).toBe('open');
});

test('an address that does not answer is no way in', async () => {
	const problem = { code: 'gateway_unreachable', message: 'Nothing answers.', hint: null };
	const { app } = await made([{ address: 'wss://10.0.0.1:1', problem, warnings: [] }]);
	expect(app.platform.setup.status).toBe('checked');
});

test('one address that works is enough', async () => {
	const { app } = await made([warned(true), warned(false)]);
	expect(app.platform.setup.status).toBe('open');
});

test('a code is hidden once nobody looks, and goes on working', async () => {
	const { app, clock, gateway } = await made();
	clock.advance(60_000);
	expect(app.platform.setup.status).toBe('hidden');
	expect(app.platform.setup.secret).toBeNull();
	expect(gateway.called('hidePairing')).toEqual([['setup-1']]);
	expect(JSON.stringify(app.platform.setup.made)).not.toContain('eyJ');
});

test('leaving the page hides the code', async () => {
	const { app, gateway } = await made();
	app.router.open('devices');
	expect(gateway.called('hidePairing')).toHaveLength(1);
});

test('a code that is made while nobody is there any more is not shown', async () => {
	const set = await atGateway();
	const release = set.gateway.hold('createSetupCode');
	const making = set.app.platform.setup.create();
	set.app.router.open('devices');
	release();
	await making;
	expect(set.app.platform.setup.status).toBe('hidden');
});

test('a used code is dead, says by whom, and is announced once', async () => {
	const { app, host } = await made();
	host.emit({ type: 'setup_code_used', platform: 'plat-home', used });
	host.emit({ type: 'setup_code_used', platform: 'plat-home', used });
	expect(app.platform.setup.status).toBe('used');
	expect(app.platform.setup.secret).toBeNull();
	expect(app.announcer.slots.filter(Boolean)).toEqual(['Used by Phone: it is in.']);
});

test('the use of another code changes nothing', async () => {
	const { app, host } = await made();
	host.emit({ type: 'setup_code_used', platform: 'plat-home', used: { ...used, id: 'setup-2' } });
	expect(app.platform.setup.status).toBe('open');
});

test('whoever comes back learns what became of the code meanwhile', async () => {
	const { app, gateway } = await made();
	app.router.open('devices');
	gateway.setupUse = used;
	app.router.open('pair');
	await settle();
	expect(app.platform.setup.status).toBe('used');
});

test('a code expires by the clock', async () => {
	const { app, clock } = await made();
	app.interest();
	clock.advance(600_000);
	expect(app.platform.setup.status).toBe('expired');
	expect(app.platform.setup.secret).toBeNull();
});

test('of an expired code the gateway is asked once whether somebody used it', async () => {
	const { app, clock, gateway } = await made();
	const { setup } = app.platform;
	clock.advance(600_000);
	expect([setup.status, setup.untold]).toEqual(['expired', false]);
	await settle();
	expect(setup.untold).toBe(true);
	clock.advance(5000);
	expect(gateway.called('setupCodeUsed')).toHaveLength(1);
});

test('a code that was used at the last moment is not said to have been in vain', async () => {
	const { app, clock, gateway } = await made();
	gateway.setupUse = used;
	clock.advance(600_000);
	await settle();
	expect(app.platform.setup.status).toBe('used');
});

test('what became of a code that ended without the gateway is asked once it is back', async () => {
	const { app, clock, gateway } = await made();
	const { setup } = app.platform;
	gateway.refuse('setupCodeUsed', { code: 'gateway_away', message: 'Away.', hint: null });
	clock.advance(600_000);
	await settle();
	expect([setup.status, setup.untold, setup.error?.message]).toEqual(['expired', false, 'Away.']);
	gateway.allow('setupCodeUsed');
	gateway.emit({ type: 'resync' });
	await settle();
	expect([setup.untold, setup.error]).toEqual([true, null]);
});

test('copying tells for how long', async () => {
	const { app, gateway } = await made();
	await app.platform.setup.copy();
	expect(gateway.called('copyPairing')).toEqual([['setup-1', 'code']]);
	expect(app.platform.setup.copied).toBe(30);
});

import { describe, expect, test } from 'vitest';
import type { Pairing } from '$lib/bindings/Pairing';
import type { Stage } from '../../src/gallery/stage';
import { fill, settle, started, withCode } from './stage';

const refusal = { code: 'rate_limited', message: 'Too many codes.', hint: 'Wait a moment.' };

function report({ app, platform }: Stage, changes: Partial<Pairing>): void {
	const pairing = app.pairing.current;
	if (!pairing) throw new Error('no code is shown');
	platform.emit({ type: 'pairing', pairing: { ...pairing, ...changes } });
}

describe('making a code', () => {
	test('shows it with its full time left', async () => {
		const { app } = await withCode();
		expect(app.pairing.status).toBe('open');
		expect(app.pairing.secret?.code).toBe('OCL-J4K2T8P7N1R3');
		expect(app.pairing.secondsLeft).toBe(600);
		expect(app.pairing.fractionLeft).toBe(1);
	});

	test('asks for narrow permissions, ten minutes and the local network', async () => {
		const { platform } = await withCode();
		expect(platform.called('createPairing')).toEqual([
			[
				{
					name: 'Greenhouse sensor',
					device_type: 'IoT Sensor',
					permissions: ['sensor:read'],
					expires_in_minutes: 10,
					addresses: ['192.168.1.5:21327'],
					ask_first: null
				}
			]
		]);
	});

	test('switches nearby devices on first when no one has decided', async () => {
		const set = await started({ nearby: null });
		fill(set);
		const release = set.host.hold('setNearby');
		const creating = set.app.pairing.create();
		await settle();
		expect(set.host.called('setNearby')).toEqual([[true]]);
		expect(set.platform.called('createPairing')).toEqual([]);
		release();
		await creating;
		expect(set.platform.called('createPairing')).toHaveLength(1);
	});

	test.each([true, false])('leaves nearby devices alone once decided (%s)', async (nearby) => {
		const { host } = await withCode({ nearby });
		expect(host.called('setNearby')).toEqual([]);
	});

	test('carries only this computer’s own address when nearby devices are off', async () => {
		const { app } = await withCode({ nearby: false });
		expect(app.pairing.secret?.addresses).toEqual(['127.0.0.1:21327']);
	});

	test('makes none when nearby devices cannot be switched on', async () => {
		const stage = await started({ nearby: null });
		fill(stage);
		stage.host.refuse('setNearby', refusal);
		await stage.app.pairing.create();
		expect(stage.app.pairing.error?.code).toBe('rate_limited');
		expect(stage.platform.called('createPairing')).toEqual([]);
	});

	test('keeps what was typed when it is refused', async () => {
		const stage = await started();
		fill(stage);
		stage.platform.refuse('createPairing', refusal);
		await stage.app.pairing.create();
		expect(stage.app.pairing.error).toMatchObject({
			message: 'Too many codes.',
			hint: 'Wait a moment.'
		});
		expect(stage.app.pairing.form.name).toBe('Greenhouse sensor');
		expect(stage.app.pairing.status).toBeNull();
	});

	test('happens once however often the button is pressed', async () => {
		const stage = await started();
		fill(stage);
		await Promise.all([stage.app.pairing.create(), stage.app.pairing.create()]);
		expect(stage.platform.called('createPairing')).toHaveLength(1);
	});
});

describe('a code ends', () => {
	test('by itself when its time is over, without word from the host', async () => {
		const { app, clock } = await withCode();
		for (let minute = 0; minute < 10; minute += 1) {
			expect(app.pairing.status).toBe('open');
			for (let part = 0; part < 2; part += 1) {
				app.interest();
				clock.advance(30_000);
			}
		}
		expect(app.pairing.status).toBe('expired');
		expect(app.pairing.secondsLeft).toBe(0);
	});

	test('when a device has used it', async () => {
		const stage = await withCode();
		report(stage, { status: 'completed' });
		expect(stage.app.pairing.status).toBe('completed');
	});

	test('for good: an older report does not revive it', async () => {
		const stage = await withCode();
		const before = stage.app.pairing.current as Pairing;
		report(stage, { status: 'completed' });
		stage.platform.emit({ type: 'pairing', pairing: before });
		expect(stage.app.pairing.status).toBe('completed');
	});

	test('even when word of it comes before the code itself', async () => {
		const stage = await started();
		fill(stage);
		const release = stage.platform.hold('createPairing');
		const creating = stage.app.pairing.create();
		await settle();
		const [pairing] = stage.platform.pairings as [Pairing];
		stage.platform.emit({ type: 'pairing', pairing: { ...pairing, status: 'completed' } });
		release();
		await creating;
		expect(stage.app.pairing.status).toBe('completed');
	});

	test('when it is cancelled', async () => {
		const { app, platform } = await withCode();
		app.pairing.askCancel();
		expect(platform.called('cancelPairing')).toEqual([]);
		await app.codes.cancellation.accept();
		expect(app.pairing.status).toBe('cancelled');
	});

	test('and a refused cancellation leaves it open and says so', async () => {
		const { app, platform } = await withCode();
		platform.refuse('cancelPairing', refusal);
		app.pairing.askCancel();
		await app.codes.cancellation.accept();
		expect(app.pairing.status).toBe('open');
		expect(app.codes.cancellation.error?.code).toBe('rate_limited');
		expect(app.codes.cancellation.about).not.toBeNull();
	});
});

describe('a code is hidden', () => {
	test('after a minute without interest, and not a second before', async () => {
		const { app, clock, platform } = await withCode();
		clock.advance(59_000);
		expect(app.pairing.secret).not.toBeNull();
		clock.advance(1000);
		expect(app.pairing.secret).toBeNull();
		expect(app.pairing.status).toBe('hidden');
		expect(platform.called('hidePairing')).toEqual([['pairing-1']]);
	});

	test('not while someone moves', async () => {
		const { app, clock } = await withCode();
		for (let i = 0; i < 5; i += 1) {
			clock.advance(50_000);
			app.interest();
		}
		expect(app.pairing.status).toBe('open');
	});

	test('with a warning fifteen seconds before', async () => {
		const { app, clock } = await withCode();
		clock.advance(44_000);
		expect(app.pairing.interest.secondsLeft).toBeNull();
		clock.advance(1000);
		expect(app.pairing.interest.secondsLeft).toBe(15);
	});

	test('when the page is left, and stays hidden on return', async () => {
		const { app, platform } = await withCode();
		app.router.open('devices');
		expect(platform.called('hidePairing')).toEqual([['pairing-1']]);
		app.router.open('pair');
		expect(app.pairing.status).toBe('hidden');
		expect(app.pairing.secret).toBeNull();
	});

	test('at once when it comes after the page was left', async () => {
		const stage = await started();
		fill(stage);
		const release = stage.platform.hold('createPairing');
		const creating = stage.app.pairing.create();
		stage.app.router.open('devices');
		release();
		await creating;
		expect(stage.app.pairing.secret).toBeNull();
		expect(stage.platform.called('hidePairing')).toHaveLength(1);
	});

	test('and still tells when a device uses it', async () => {
		const stage = await withCode();
		stage.clock.advance(60_000);
		report(stage, { status: 'completed' });
		expect(stage.app.pairing.status).toBe('completed');
	});

	test('by Done, which clears the name and keeps the rest', async () => {
		const { app, platform } = await withCode();
		app.pairing.done();
		expect(platform.called('hidePairing')).toHaveLength(1);
		expect(app.pairing.status).toBeNull();
		expect(app.pairing.form.name).toBe('');
		expect(app.pairing.form.deviceType).toBe('IoT Sensor');
		expect(app.codes.open.map(({ id }) => id)).toEqual(['pairing-1']);
	});
});

describe('news about a shown code', () => {
	test('wrong guesses count down even when reports swap places', async () => {
		const { app, platform } = await withCode();
		platform.emit({ type: 'guess_failed', pairing_id: 'pairing-1', attempts_left: 2 });
		platform.emit({ type: 'guess_failed', pairing_id: 'pairing-1', attempts_left: 3 });
		platform.emit({ type: 'guess_failed', pairing_id: 'another', attempts_left: 0 });
		expect(app.pairing.attemptsLeft).toBe(2);
	});

	test('burnt typing stays burnt', async () => {
		const stage = await withCode();
		report(stage, { typed_entry: 'burnt' });
		report(stage, { typed_entry: 'open' });
		expect(stage.app.pairing.current?.typed_entry).toBe('burnt');
	});

	test('a copy is confirmed until the clipboard is cleared', async () => {
		const { app, clock, platform } = await withCode();
		await app.pairing.copy('link');
		expect(platform.called('copyPairing')).toEqual([['pairing-1', 'link']]);
		expect(app.pairing.copied).toEqual({ what: 'link', seconds: 30 });
		clock.advance(29_000);
		expect(app.pairing.copied?.seconds).toBe(1);
		clock.advance(1000);
		expect(app.pairing.copied).toBeNull();
	});
});

test('another code for a hidden one cancels that first, and keeps it when that is refused', async () => {
	const { app, clock, platform } = await withCode();
	clock.advance(61_000);
	expect(app.pairing.status).toBe('hidden');
	platform.refuse('cancelPairing', { code: 'code_used', message: 'It was used.', hint: null });
	await app.pairing.replace();
	expect(app.pairing.error?.code).toBe('code_used');
	expect(app.pairing.current).not.toBeNull();
	platform.allow('cancelPairing');
	await app.pairing.replace();
	expect(platform.called('cancelPairing')).toHaveLength(2);
	expect(app.pairing.current).toBeNull();
	expect(app.codes.open).toEqual([]);
});

import { expect, test } from 'vitest';
import { gatewayView, serverView } from '../../src/gallery/samplePlatforms';
import { sampleDevice, sampleRequest } from '../../src/gallery/samples';
import { stage, type Stage } from '../../src/gallery/stage';
import { isNotYetRevoked } from '$lib/format/errands';
import { secondPassed, settle } from './stage';

/** A server that is away, with one device that is known from before. */
async function away(): Promise<Stage> {
	const set = stage('#/devices');
	const view = serverView({ state: { kind: 'connecting' }, as_of: set.clock.at(-600) });
	set.host.add(view).devices = [sampleDevice(set.clock)];
	await set.app.start();
	await set.app.choose('plat-works');
	return set;
}

function device({ app }: Stage) {
	const [first] = app.devices.visible;
	if (!first) throw new Error('no device');
	return first;
}

const kinds = (set: Stage) => (device(set).pending ?? []).map(({ intent }) => intent.kind);

test('a revocation that waits is not said to have been done', async () => {
	const set = await away();
	const { devices } = set.app;
	devices.ask(devices.revocation, device(set));
	await devices.revocation.accept();
	expect(device(set).status).toBe('active');
	expect(kinds(set)).toEqual(['revoke']);
	expect(devices.queued?.name).toBe('Greenhouse sensor');
	expect(set.app.announcer.slots.join('')).toContain('NOT yet revoked');
	expect(set.app.outbox.summary.not_yet_revoked).toBe(1);
});

test('what was asked of a device and is over stands in its details, with how it has ended', async () => {
	const set = await away();
	const { devices } = set.app;
	const { id } = device(set);
	await set.host.on('plat-works').editDevice(id, 1, { name: 'Porch' });
	devices.ask(devices.revocation, device(set));
	await devices.revocation.accept();
	devices.toggle(id);
	await settle();
	expect(devices.asked.of(id)).toEqual([]);
	const [renamed] = set.host.outbox.all;
	if (!renamed) throw new Error('nothing was asked');
	set.host.outbox.verify(renamed.id);
	await devices.load();
	expect(devices.asked.of(id).map(({ intent, state }) => [intent.kind, state.kind])).toEqual([
		['rename', 'verified']
	]);
	set.host.on('plat-works').refuse('listAskedOf', { code: 'internal', message: 'No.', hint: null });
	await devices.load();
	expect(devices.asked.of(id)).toEqual([]);
});

test('a revocation whose device is gone leaves nobody let in, and is to be decided', async () => {
	const set = await away();
	const { devices } = set.app;
	devices.ask(devices.revocation, device(set));
	await devices.revocation.accept();
	const [errand] = device(set).pending ?? [];
	if (!errand) throw new Error('nothing is pending');
	expect(isNotYetRevoked(errand)).toBe(true);
	const why = { sentence: 'It is gone.', choices: [], why: null };
	const gone = set.host.outbox.change(1, { state: { kind: 'failed', fault: 'gone', ...why } });
	await secondPassed(set);
	expect(isNotYetRevoked(gone)).toBe(false);
	expect(set.app.outbox.summary).toMatchObject({ not_yet_revoked: 0, conflicts: 1 });
});

test('a device is said to be revoked only once that was seen', async () => {
	const set = await away();
	const { devices } = set.app;
	const server = set.host.on('plat-works');
	devices.ask(devices.revocation, device(set));
	const errand = set.host.outbox.ask(server.view, device(set), { kind: 'revoke', reason: null });
	const acknowledged = set.host.outbox.change(errand.id, { state: { kind: 'acknowledged' } });
	await secondPassed(set);
	const answer = { ...device(set), status: 'revoked' as const, pending: [acknowledged] };
	server.revokeDevice = () => Promise.resolve(answer);
	await devices.revocation.accept();
	expect(set.app.announcer.slots.join('')).toBe('');
	set.host.outbox.verify(errand.id);
	await secondPassed(set);
	expect(set.app.announcer.slots.join('')).toMatch(/^Revoke Greenhouse sensor\. Revoked: verified/);
});

test('a change that has reached its platform is not said to wait', async () => {
	const set = await away();
	const { devices } = set.app;
	devices.ask(devices.revocation, device(set));
	await devices.revocation.accept();
	set.host.outbox.change(1, { state: { kind: 'acknowledged' } });
	await secondPassed(set);
	expect(devices.queued).toBeNull();
	expect(kinds(set)).toEqual(['revoke']);
});

test('what waits cannot be undone as if it had been done', async () => {
	const set = await away();
	const { devices } = set.app;
	devices.ask(devices.disabling, device(set));
	await devices.disabling.accept();
	expect(kinds(set)).toEqual(['disable']);
	expect(devices.undo.done).toBeNull();
});

test('an event about a device leaves what was asked for of it', async () => {
	const set = await away();
	const { devices } = set.app;
	devices.ask(devices.revocation, device(set));
	await devices.revocation.accept();
	const heard = sampleDevice(set.clock);
	set.host
		.on('plat-works')
		.emit({ type: 'device', device: { ...heard, last_address: '10.0.0.9' } });
	expect(device(set).last_address).toBe('10.0.0.9');
	expect(kinds(set)).toEqual(['revoke']);
});

test('what was asked for is over once a list says so, even where an event came while it was read', async () => {
	const set = await away();
	const { devices } = set.app;
	devices.ask(devices.revocation, device(set));
	await devices.revocation.accept();
	await settle();
	const server = set.host.on('plat-works');
	const heard = sampleDevice(set.clock);
	set.host.outbox.verify(1);
	server.emit({ type: 'device', device: { ...heard, status: 'revoked', revision: 2 } });
	await settle();
	const known = devices.find(heard.id);
	expect(known?.status).toBe('revoked');
	expect(known?.pending ?? []).toEqual([]);
});

test('a lost device is revoked wherever its key is known, and followed there', async () => {
	const set = stage('#/devices');
	const { app, host, clock } = set;
	const lost = sampleDevice(clock, { id: 'dev-lost', key_fingerprint: 'AAAA-BBBB-CCCC' });
	set.platform.devices = [lost];
	host.add(gatewayView()).devices = [{ ...lost, id: 'g1', name: 'Phone' }];
	host.add(serverView()).devices = [sampleDevice(clock)];
	await app.start();
	await app.lost.ask(device(set));
	expect(app.lost.places?.map(({ platform }) => platform)).toEqual(['embedded', 'plat-home']);
	app.lost.reason = ' Stolen ';
	await app.lost.question.accept();
	expect(host.called('revokeEverywhere')).toEqual([['AAAA-BBBB-CCCC', 'Stolen']]);
	expect(app.lost.errands.map(({ state }) => state.kind)).toEqual(['queued', 'queued']);
	host.outbox.verify(1);
	await settle();
	expect(app.lost.errands.map(({ state }) => state.kind)).toEqual(['verified', 'queued']);
	app.router.open('settings');
	expect(app.lost.name).toBeNull();
});

test('places of a device that is no longer asked about are not shown', async () => {
	const set = stage('#/devices');
	await set.app.start();
	const [first, second] = set.app.devices.visible;
	if (!first || !second) throw new Error('no devices');
	const release = set.host.hold('keyPlaces');
	const late = set.app.lost.ask(first);
	set.app.lost.question.keep();
	release();
	await late;
	expect(set.app.lost.places).toBeNull();
});

/** A lost device that one platform lets in and that asks on another. */
async function lostAndAsking(): Promise<Stage> {
	const set = stage('#/devices');
	set.host.add(serverView()).requests = [
		sampleRequest(set.clock, { key_fingerprint: sampleDevice(set.clock).key_fingerprint })
	];
	await set.app.start();
	await set.app.lost.ask(device(set));
	await set.app.lost.question.accept();
	expect(set.app.lost.errands.map(({ intent }) => intent.kind)).toEqual(['revoke', 'deny']);
	return set;
}

test('a lost device is out once it was seen to be, and a denial that came too late keeps nothing open', async () => {
	const set = await lostAndAsking();
	const { lost } = set.app;
	expect([lost.standing, lost.goesOn]).toEqual(['let_in', true]);
	set.host.outbox.verify(1);
	await settle();
	expect([lost.standing, lost.goesOn]).toEqual(['asks', true]);
	set.host.outbox.change(2, { state: { kind: 'expired' }, ended_at: set.clock.at(0) });
	await settle();
	expect(lost.standing).toBe('out');
});

test('what waits for a choice or was taken back does not go on by itself', async () => {
	const set = await lostAndAsking();
	const { lost } = set.app;
	const failed = { sentence: 'It failed.', choices: [], why: null };
	set.host.outbox.change(2, { state: { kind: 'failed', fault: 'decided', ...failed } });
	set.host.outbox.withdraw(1);
	await settle();
	expect([lost.standing, lost.goesOn]).toEqual(['let_in', false]);
	set.host.outbox.change(1, { state: { kind: 'failed', fault: 'gone', ...failed } });
	set.app.outbox.watch(set.host.outbox.all);
	expect(lost.standing).toBe('asks');
});

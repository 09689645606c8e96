import { expect, test } from 'vitest';
import { serverView } from '../../src/gallery/samplePlatforms';
import { sampleDevice } from '../../src/gallery/samples';
import { stage, type Stage } from '../../src/gallery/stage';
import type { BulkAction } from '$lib/state/deviceSelection.svelte';
import { secondPassed } from './stage';

async function chosen(count = 5): Promise<Stage> {
	const set = stage('#/devices');
	set.platform.pageSize = 1000;
	if (count !== 5)
		set.platform.devices = Array.from({ length: count }, (_, number) =>
			sampleDevice(set.clock, { id: `dev-${number}`, name: `Sensor ${number}` })
		);
	await set.app.start();
	set.app.devices.selection.begin();
	set.app.devices.selection.toggleAll();
	return set;
}

test('says what became of each device', async () => {
	const { app, platform } = await chosen();
	const { selection } = app.devices;
	selection.ask('disable');
	selection.reason = 'Moving house.';
	await selection.question.accept();
	expect(platform.called('changeDevices')[0]?.[0]).toMatchObject({
		action: 'disable',
		reason: 'Moving house.'
	});
	expect(selection.outcomes?.map(({ outcome }) => outcome)).toEqual([
		'changed',
		'changed',
		'changed',
		'changed',
		'refused'
	]);
	expect(selection.refused[0]?.error?.code).toBe('already_revoked');
	expect(selection.chosen).toEqual([]);
});

test('enabling those again that were disabled just now leaves the others', async () => {
	const { app, platform } = await chosen();
	app.devices.selection.ask('disable');
	await app.devices.selection.question.accept();
	expect(app.devices.undo.done).toEqual({ what: 'many', count: 4 });
	await app.devices.undo.take();
	const [form] = platform.called('changeDevices').at(-1) ?? [];
	expect(form).toMatchObject({ action: 'enable' });
	expect((form as { device_ids: string[] }).device_ids).toHaveLength(4);
});

test('many are changed in parts, and what is done is told meanwhile', async () => {
	const { app, platform } = await chosen(250);
	const { selection } = app.devices;
	selection.ask('add_tags');
	selection.tags = 'north, south';
	await selection.question.accept();
	const forms = platform.called('changeDevices').map(([form]) => form as { device_ids: string[] });
	expect(forms.map(({ device_ids }) => device_ids.length)).toEqual([100, 100, 50]);
	expect(forms[0]).toMatchObject({ action: 'add_tags', tags: ['north', 'south'] });
	expect(selection.done).toBe(250);
	expect(app.devices.undo.done).toBeNull();
});

test('what is out of sight is not changed', async () => {
	const { app } = await chosen();
	await app.devices.narrow({ standing: 'connected' });
	expect(app.devices.selection.chosen).toHaveLength(2);
	app.devices.selection.ask('revoke');
	expect(app.devices.selection.question.about?.ids).toHaveLength(2);
});

test('a refusal of the whole keeps asking', async () => {
	const { app, platform } = await chosen();
	platform.refuse('changeDevices', { code: 'full', message: 'The disk is full.', hint: null });
	app.devices.selection.ask('revoke');
	await app.devices.selection.question.accept();
	expect(app.devices.selection.question.error?.message).toBe('The disk is full.');
	expect(app.devices.selection.chosen).toHaveLength(5);
});

/** Two devices of a server that is away, for which this was asked. */
async function askedWhileAway(action: BulkAction): Promise<Stage> {
	const set = stage('#/devices');
	const view = serverView({ state: { kind: 'connecting' }, as_of: set.clock.at(-600) });
	set.host.add(view).devices = ['dev-1', 'dev-2'].map((id) => sampleDevice(set.clock, { id }));
	await set.app.start();
	await set.app.choose('plat-works');
	const { selection } = set.app.devices;
	selection.begin();
	selection.toggleAll();
	selection.ask(action);
	await selection.question.accept();
	await secondPassed(set);
	return set;
}

const stand = ({ app: { devices } }: Stage) =>
	devices.selection.outcomes?.map((outcome) => devices.selection.stands(outcome));

test('what waits for its platform does not count as done until it was seen to be', async () => {
	const set = await askedWhileAway('revoke');
	const { devices } = set.app;
	expect(stand(set)).toEqual(['queued', 'queued']);
	expect(devices.visible.map(({ pending }) => pending?.length)).toEqual([1, 1]);
	const server = set.host.on('plat-works');
	const heard = { ...sampleDevice(set.clock, { id: 'dev-1' }), revision: 2 };
	const revoked = { ...heard, status: 'revoked' as const };
	server.emit({ type: 'device', device: revoked });
	expect(stand(set)).toEqual(['queued', 'queued']);
	server.devices = server.devices.map((device) => (device.id === 'dev-1' ? revoked : device));
	set.host.outbox.verify(1);
	await secondPassed(set);
	expect(stand(set)).toEqual(['changed', 'queued']);
});

test('a revocation that was taken back is not said to have been done', async () => {
	const set = await askedWhileAway('revoke');
	set.host.outbox.withdraw(1);
	await secondPassed(set);
	expect(stand(set)).toEqual(['queued', 'queued']);
});

test('what only waits is not offered to be undone, and keeps what was asked for before', async () => {
	const set = await askedWhileAway('disable');
	const { devices } = set.app;
	expect(devices.undo.done).toBeNull();
	devices.selection.toggleAll();
	devices.selection.ask('revoke');
	const answer = set.host.on('plat-works').hold('listDevices');
	await devices.selection.question.accept();
	expect(devices.visible[0]?.pending?.map(({ intent }) => intent.kind)).toEqual(['disable']);
	answer();
});

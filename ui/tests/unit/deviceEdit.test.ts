import { expect, test } from 'vitest';
import type { Stage } from '../../src/gallery/stage';
import { tagsFrom } from '$lib/state/deviceEdit.svelte';
import { started } from './stage';

/** The first device of the list, being edited. */
async function editing(): Promise<Stage & { id: string }> {
	const set = await started({}, '#/devices');
	const [device] = set.app.devices.visible;
	if (!device) throw new Error('no device');
	set.app.devices.edit.begin(device);
	return { ...set, id: device.id };
}

function changedByAnother({ platform, id }: Stage & { id: string }): void {
	platform.devices = platform.devices.map((device) =>
		device.id === id ? { ...device, name: 'North bed', revision: device.revision + 1 } : device
	);
}

test('tags are apart by commas, each once', () => {
	expect(tagsFrom(' a, b ,a,, c d ')).toEqual(['a', 'b', 'c d']);
});

test('only what differs is written, at the revision that was seen', async () => {
	const { app, platform, id } = await editing();
	app.devices.edit.name = ' Bed ';
	await app.devices.edit.save();
	expect(platform.called('editDevice')).toEqual([[id, 1, { name: 'Bed' }]]);
	expect(platform.called('grantPermissions')).toEqual([]);
	expect(app.devices.find(id)?.name).toBe('Bed');
	expect(app.devices.edit.seen).toBeNull();
});

test('nothing is written when nothing differs', async () => {
	const { app, platform } = await editing();
	await app.devices.edit.save();
	expect([...platform.called('editDevice'), ...platform.called('grantPermissions')]).toEqual([]);
	expect(app.devices.edit.seen).toBeNull();
});

test('permissions are told apart before they are written, after the rest', async () => {
	const { app, platform, id } = await editing();
	const { edit } = app.devices;
	edit.tags = 'north';
	edit.may.grant('lights:control');
	edit.may.withdraw('telemetry:publish');
	expect([edit.added, edit.removed]).toEqual([['lights:control'], ['telemetry:publish']]);
	await edit.save();
	expect(platform.called('grantPermissions')).toEqual([
		[id, 2, { permissions: ['sensor:read', 'lights:control'] }]
	]);
});

test('while one device is written, no other takes its place, and nothing typed meanwhile is written', async () => {
	const { app, platform, id } = await editing();
	const { edit, visible } = app.devices;
	const [, other] = visible;
	if (!other) throw new Error('no other device');
	edit.name = 'Bed';
	const answer = platform.hold('editDevice');
	const saved = edit.save();
	edit.begin(other);
	expect(edit.seen?.id).toBe(id);
	edit.may.grant('lights:control');
	answer();
	await saved;
	expect(platform.called('grantPermissions')).toEqual([]);
	expect(edit.seen).toBeNull();
	edit.begin(other);
	expect([edit.seen?.id, edit.name]).toEqual([other.id, other.name]);
});

test('a name, a type and at least one permission must be left', async () => {
	const { app, platform } = await editing();
	const { edit } = app.devices;
	edit.name = ' ';
	edit.tags = 'x'.repeat(33);
	for (const permission of [...edit.may.permissions]) edit.may.withdraw(permission);
	await edit.save();
	expect(edit.faults).toEqual(['name', 'tags', 'permissions']);
	expect(platform.called('editDevice')).toEqual([]);
});

test('what somebody else has changed is shown and not overwritten', async () => {
	const set = await editing();
	const { edit } = set.app.devices;
	edit.name = 'Bed';
	changedByAnother(set);
	await edit.save();
	expect(edit.theirs?.name).toBe('North bed');
	expect(set.platform.devices.find(({ id }) => id === set.id)?.name).toBe('North bed');
	edit.takeTheirs();
	expect([edit.name, edit.theirs]).toEqual(['North bed', null]);
});

test('a person may write theirs over it, having seen it', async () => {
	const set = await editing();
	const { edit } = set.app.devices;
	edit.name = 'Bed';
	changedByAnother(set);
	await edit.save();
	await edit.overwrite();
	expect(set.platform.called('editDevice').at(-1)).toEqual([set.id, 2, { name: 'Bed' }]);
	expect(set.app.devices.find(set.id)?.name).toBe('Bed');
});

test('a new name can be taken back', async () => {
	const { app, platform, id } = await editing();
	app.devices.edit.name = 'Bed';
	await app.devices.edit.save();
	expect(app.devices.undo.done).toEqual({ what: 'edited', name: 'Greenhouse sensor' });
	await app.devices.undo.take();
	expect(platform.called('editDevice').at(-1)).toEqual([
		id,
		2,
		{ name: 'Greenhouse sensor', device_type: 'IoT.Sensor.Temperature', tags: [] }
	]);
	expect(app.devices.find(id)?.name).toBe('Greenhouse sensor');
	expect(app.devices.undo.done).toBeNull();
});

test('what a device may do is not offered to be taken back', async () => {
	const { app } = await editing();
	app.devices.edit.may.grant('lights:control');
	await app.devices.edit.save();
	expect(app.devices.undo.done).toBeNull();
});

test('disabling can be taken back, and says why it was done', async () => {
	const { app, platform, id } = await editing();
	const device = app.devices.find(id);
	if (!device) throw new Error('no device');
	app.devices.ask(app.devices.disabling, device);
	app.devices.reason = ' On holiday. ';
	await app.devices.disabling.accept();
	expect(platform.called('disableDevice')).toEqual([[id, { reason: 'On holiday.' }]]);
	await app.devices.undo.take();
	expect(app.devices.find(id)?.status).toBe('active');
});

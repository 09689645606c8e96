import { describe, expect, test } from 'vitest';
import { sampleDevice } from '../../src/gallery/samples';
import { stage } from '../../src/gallery/stage';
import { settle, started } from './stage';

const names = (devices: { name: string }[]) => devices.map(({ name }) => name);

describe('the list', () => {
	test('has the most recently seen first', async () => {
		const { app } = await started();
		expect(names(app.devices.visible)).toEqual([
			'Greenhouse sensor',
			'Hallway hub',
			'Night build runner',
			'Meeting room tablet',
			'Old workshop sensor'
		]);
	});

	test('is narrowed and ordered by the platform', async () => {
		const { app, platform } = await started();
		await app.devices.narrow({
			words: ' sensor ',
			standing: 'offline',
			permission: 'sensor:read',
			unseenDays: 7,
			sort: 'name'
		});
		expect(platform.called('listDevices').at(-1)).toEqual([
			{
				status: 'active',
				connected: false,
				device_type: null,
				permission: 'sensor:read',
				tag: null,
				seen_before: '2026-03-07T10:30:00Z',
				q: 'sensor',
				sort: 'name',
				after: null
			}
		]);
		expect(app.devices.isFiltered).toBe(true);
		await app.devices.showAll();
		expect(app.devices.filter).toMatchObject({ words: '', standing: 'all', sort: 'name' });
	});

	test('is filtered by presence', async () => {
		const { app } = await started();
		const count = { all: 5, connected: 2, offline: 2, revoked: 1 } as const;
		for (const [standing, devices] of Object.entries(count)) {
			await app.devices.narrow({ standing: standing as keyof typeof count });
			expect(app.devices.visible).toHaveLength(devices);
		}
	});

	test('an answer to older words is dropped', async () => {
		const { app, platform } = await started();
		const release = platform.hold('listDevices');
		const slow = app.devices.narrow({ words: 'tablet' });
		const fast = app.devices.narrow({ words: 'hub' });
		release();
		await Promise.all([slow, fast]);
		expect(names(app.devices.visible)).toEqual(['Hallway hub']);
	});

	test('what ceases to fit leaves it, and what begins to fit is read', async () => {
		const { app, platform } = await started();
		await app.devices.narrow({ standing: 'connected' });
		const [sensor] = app.devices.visible;
		const tablet = platform.devices[3];
		if (!sensor || !tablet) throw new Error('no device');
		platform.emit({ type: 'device', device: { ...sensor, connected: false } });
		expect(names(app.devices.visible)).toEqual(['Hallway hub']);
		platform.devices = platform.devices.map((device) =>
			device.id === tablet.id ? { ...device, connected: true } : device
		);
		platform.emit({ type: 'device', device: { ...tablet, connected: true } });
		await settle();
		expect(names(app.devices.visible)).toContain('Meeting room tablet');
	});

	test('counts who is connected, however much of it was read', async () => {
		const set = stage('#/devices');
		set.platform.pageSize = 1;
		await set.app.start();
		expect(set.app.devices.summary).toMatchObject({ active: 4, revoked: 1, connected: 2 });
		expect(await set.app.devices.connectedOverNetwork()).toBe(2);
	});

	test('goes on where it stopped', async () => {
		const set = stage('#/devices');
		set.platform.pageSize = 2;
		await set.app.start();
		expect(set.app.devices.visible).toHaveLength(2);
		await set.app.devices.list.showMore();
		await set.app.devices.list.showMore();
		expect(set.app.devices.visible).toHaveLength(5);
		expect(set.app.devices.list.next).toBeNull();
	});
});

describe('an event', () => {
	test('adds a device, marks it for six seconds and says so', async () => {
		const { app, clock, platform } = await started();
		const device = sampleDevice(clock, { id: 'dev-new', name: 'New', paired_at: clock.at(0) });
		platform.emit({ type: 'device', device });
		expect(app.devices.isFresh('dev-new')).toBe(true);
		expect(app.announcer.slots.join('')).toBe('New is paired.');
		clock.advance(6000);
		expect(app.devices.isFresh('dev-new')).toBe(false);
	});

	test('changes a device in place', async () => {
		const { app, platform } = await started();
		const [first] = app.devices.visible;
		if (!first) throw new Error('no device');
		platform.emit({ type: 'device', device: { ...first, connected: false } });
		expect(app.devices.visible).toHaveLength(5);
		expect(app.devices.visible.find(({ id }) => id === first.id)?.connected).toBe(false);
	});

	test('older than what is known changes nothing', async () => {
		const { app, clock, platform } = await started();
		const [first] = app.devices.visible;
		if (!first) throw new Error('no device');
		platform.emit({
			type: 'device',
			device: { ...first, connected: false, last_seen_at: clock.at(-900) }
		});
		expect(app.devices.visible[0]?.connected).toBe(true);
	});

	test('never brings a revoked device back', async () => {
		const { app, clock, platform } = await started();
		const revoked = app.devices.visible.find(({ status }) => status === 'revoked');
		if (!revoked) throw new Error('no revoked device');
		platform.emit({
			type: 'device',
			device: { ...revoked, status: 'active', connected: true, last_seen_at: clock.at(0) }
		});
		expect(app.devices.visible.find(({ id }) => id === revoked.id)?.status).toBe('revoked');
	});

	test('beats a list that was asked for before it', async () => {
		const { app, clock, platform } = await started();
		const release = platform.hold('listDevices');
		const loading = app.devices.load();
		await settle();
		const device = sampleDevice(clock, { id: 'dev-new', paired_at: clock.at(0) });
		platform.devices = [device, ...platform.devices];
		platform.emit({ type: 'device', device });
		release();
		await loading;
		await settle();
		expect(app.devices.visible.some(({ id }) => id === 'dev-new')).toBe(true);
	});

	test('that comes again and again makes the list be read once more after a rest', async () => {
		const { app, host, platform, clock } = await started({}, '#/devices');
		const reads = () => platform.called('listDevices').length;
		const before = reads();
		const release = platform.hold('listDevices');
		for (let times = 0; times < 20; times += 1)
			host.emit({ type: 'platform', platform: 'embedded', event: { type: 'resync' } });
		clock.advance(2000);
		release();
		await settle();
		expect(reads()).toBe(before + 1);
		clock.advance(2000);
		await settle();
		expect(reads()).toBe(before + 2);
		expect(app.devices.list.loading).toBe(false);
	});

	test('“resync” reads everything again', async () => {
		const { app, host, platform } = await started();
		platform.devices = platform.devices.slice(0, 2);
		host.emit({ type: 'resync' });
		await settle();
		expect(app.devices.visible).toHaveLength(2);
	});
});

describe('revoking', () => {
	test('asks first, then shows the device as revoked', async () => {
		const { app, platform } = await started();
		const [first] = app.devices.visible;
		if (!first) throw new Error('no device');
		app.devices.revocation.ask(first);
		expect(platform.called('revokeDevice')).toEqual([]);
		await app.devices.revocation.accept();
		const after = app.devices.visible.find(({ id }) => id === first.id);
		expect(after).toMatchObject({ status: 'revoked', connected: false });
		expect(app.devices.revocation.about).toBeNull();
	});

	test('that is refused keeps asking and says why', async () => {
		const { app, platform } = await started();
		const [first] = app.devices.visible;
		if (!first) throw new Error('no device');
		platform.refuse('revokeDevice', { code: 'full', message: 'The disk is full.', hint: null });
		app.devices.revocation.ask(first);
		await app.devices.revocation.accept();
		expect(app.devices.revocation.error?.message).toBe('The disk is full.');
		expect(app.devices.revocation.about).not.toBeNull();
		expect(app.devices.visible[0]?.status).toBe('active');
	});

	test('cannot be waved away while it happens', async () => {
		const { app, platform } = await started();
		const [first] = app.devices.visible;
		if (!first) throw new Error('no device');
		const release = platform.hold('revokeDevice');
		app.devices.revocation.ask(first);
		const revoking = app.devices.revocation.accept();
		app.devices.revocation.keep();
		expect(app.devices.revocation.about).not.toBeNull();
		release();
		await revoking;
	});
});

describe('disabling', () => {
	test('shuts a device out until it is enabled again', async () => {
		const { app, platform } = await started({}, '#/devices');
		const [first] = app.devices.visible;
		if (!first) throw new Error('no device');
		app.devices.disabling.ask(first);
		await app.devices.disabling.accept();
		expect(app.devices.find(first.id)?.status).toBe('disabled');
		await app.devices.narrow({ standing: 'disabled' });
		expect(app.devices.visible.map(({ id }) => id)).toEqual([first.id]);
		await app.devices.enable(first);
		expect(platform.called('enableDevice')).toEqual([[first.id]]);
		expect(app.devices.find(first.id)?.status).toBe('active');
	});

	test('does not come back from a revocation by an older report', async () => {
		const { app, platform } = await started({}, '#/devices');
		const [first] = app.devices.visible;
		if (!first) throw new Error('no device');
		platform.emit({ type: 'device', device: { ...first, status: 'revoked', connected: false } });
		platform.emit({ type: 'device', device: { ...first, status: 'disabled', connected: false } });
		expect(app.devices.find(first.id)?.status).toBe('revoked');
	});

	test('that cannot be taken back says why', async () => {
		const { app, platform } = await started({}, '#/devices');
		const [first] = app.devices.visible;
		if (!first) throw new Error('no device');
		platform.refuse('enableDevice', { code: 'full', message: 'The disk is full.', hint: null });
		await app.devices.enable(first);
		expect(app.devices.error?.message).toBe('The disk is full.');
		expect(app.devices.enabling.size).toBe(0);
	});
});

import { render, screen } from '@testing-library/svelte';
import { expect, test } from 'vitest';
import { describeRight } from '$lib/format/describe';
import { rightsOf } from '$lib/format/gateway';
import { counted, endedBy, rightsChanged, rightsTold } from '$lib/format/review';
import ChangeDetails from '$lib/pages/review/ChangeDetails.svelte';
import { isNarrowed, EVERYBODY_IN } from '$lib/state/reviewFilter';
import { FakeClock } from '../../src/gallery/FakeClock';
import { gatewayView, serverView } from '../../src/gallery/samplePlatforms';
import { fillReview, sampleAlarm, sampleChanges, sampleLent } from '../../src/gallery/sampleReview';
import { START } from '../../src/gallery/samples';
import { stage, type Stage } from '../../src/gallery/stage';
import { settle } from './stage';

async function opened(part = '', pageSize = 50): Promise<Stage> {
	const set = stage(`#/review/${part}`);
	set.host.add(gatewayView());
	set.host.add(serverView());
	fillReview(set.host.review, set.clock);
	set.host.review.pageSize = pageSize;
	await set.app.start();
	return set;
}

const names = ({ app }: Stage) => app.review.devices.list.rows.map(({ device }) => device.name);
const numbers = ({ app }: Stage) => app.review.changes.list.rows.map(({ number }) => number);

test('shows who is let in, of all platforms, by name', async () => {
	const set = await opened();
	expect(set.host.called('reviewDevices').at(-1)).toEqual([
		{
			search: null,
			platform: null,
			standing: 'active',
			marks: [],
			unseen_days: 30,
			device_type: null,
			tag: null,
			group: null,
			order: 'name',
			descending: false,
			after: null
		}
	]);
	expect(names(set)).toHaveLength(10);
	expect(names(set).slice(0, 2)).toEqual(['Ada’s phone', 'Build runner 1']);
});

test('marks are switched on and off, and all chosen have to fit', async () => {
	const set = await opened();
	const { devices } = set.app.review;
	await devices.toggleMark('broad');
	await devices.toggleMark('never_used');
	expect(names(set)).toEqual(['Spare hub in the cupboard']);
	expect(isNarrowed(devices.filter)).toBe(true);
	await devices.toggleMark('broad');
	await devices.toggleMark('never_used');
	expect(devices.filter).toEqual(EVERYBODY_IN);
});

test('counts are asked for the platform and standing that are chosen', async () => {
	const set = await opened();
	await set.app.review.devices.narrow({ platform: 'plat-works', words: 'pump' });
	expect(set.host.called('reviewCounts').at(-1)).toMatchObject([
		{ platform: 'plat-works', standing: 'active', search: null }
	]);
	expect(set.app.review.devices.counts?.active).toBe(4);
});

test('the place and the filters are found again after looking at a device', async () => {
	const set = await opened('', 3);
	const { app } = set;
	await app.review.devices.narrow({ sort: '-name' });
	await app.review.devices.list.showMore();
	app.review.moved(420);
	const before = names(set);
	expect(before).toHaveLength(6);
	await app.showDevice('plat-works', 'dev-1');
	app.router.open('devices');
	expect(app.platform.id).toBe('plat-works');
	app.review.moved(0);
	app.router.open('review');
	await settle();
	expect(app.review.top).toBe(420);
	expect(names(set)).toEqual(before);
});

test('what is heard is looked at once a second, however much it is, and only while it is on screen', async () => {
	const { app, host, clock } = await opened();
	const reads = () => host.called('reviewDevices').length;
	const before = reads();
	for (let times = 0; times < 50; times += 1)
		app.handle({ type: 'platform', platform: 'plat-works', event: { type: 'resync' } });
	expect(reads()).toBe(before);
	for (let second = 0; second < 5; second += 1) {
		clock.advance(1000);
		await settle();
	}
	expect(reads()).toBe(before + 2);
	app.router.open('devices');
	app.handle({ type: 'resync' });
	clock.advance(5000);
	await settle();
	expect(reads()).toBe(before + 2);
});

test('a search that finds more than can be ordered says so', async () => {
	const set = await opened();
	set.host.review.findsVeryMany = true;
	await set.app.review.devices.narrow({ words: 'sensor' });
	expect(set.app.review.devices.ordered).toBe(false);
	await set.app.review.devices.showAll();
	expect(set.app.review.devices.ordered).toBe(true);
});

test('an answer to an older question is dropped', async () => {
	const set = await opened();
	const release = set.host.hold('reviewDevices');
	const slow = set.app.review.devices.narrow({ words: 'hub' });
	const fast = set.app.review.devices.narrow({ words: 'pump' });
	release();
	await Promise.all([slow, fast]);
	expect(names(set)).toEqual(['Paint shop dosing pump']);
});

test('an unfolded device says where else its key is', async () => {
	const set = await opened();
	const { devices } = set.app.review;
	const runner = devices.list.rows.find(({ device }) => device.name === 'Build runner 1');
	if (!runner) throw new Error('no runner');
	await devices.toggle(runner);
	const others = devices.details(runner)?.same_key.map(({ device }) => device.name);
	expect(others).toEqual(['Night build runner']);
});

test('a change is unfolded with where else the device’s key is, each change by itself', async () => {
	const set = await opened('changes');
	const { changes, devices } = set.app.review;
	const [added] = changes.list.rows;
	if (!added?.device) throw new Error('no device was added');
	await set.app.review.unfold(added);
	expect([...changes.expanded]).toEqual([added.number]);
	expect(devices.expanded.size).toBe(0);
	expect(devices.details(added.device)?.device.device.name).toBe(added.name);
	await set.app.review.unfold(added);
	expect(changes.expanded.size).toBe(0);
});

test('a change of a device that is known no more is unfolded without asking for it', async () => {
	const set = await opened('changes');
	const [change] = set.app.review.changes.list.rows;
	if (!change) throw new Error('nothing has changed');
	await set.app.review.unfold({ ...change, number: 99, device: null });
	expect(set.app.review.changes.expanded.has(99)).toBe(true);
	expect(set.host.called('reviewDevice')).toEqual([]);
});

test('a device is put into a group of this computer, and out of it', async () => {
	const set = await opened();
	const { devices } = set.app.review;
	const scanner = () => {
		const found = devices.list.rows.find(({ device }) => device.name === 'Loading dock scanner');
		if (!found) throw new Error('no scanner');
		return found;
	};
	devices.askForGroup(scanner());
	expect(devices.group).toBe('Rented');
	devices.group = ' Gate 4 ';
	await devices.grouping.accept();
	expect(set.host.called('putInGroup').at(-1)?.at(-1)).toBe('Gate 4');
	expect(scanner().group).toBe('Gate 4');
	devices.askForGroup(scanner());
	devices.group = '';
	await devices.grouping.accept();
	expect(scanner().group).toBeNull();
});

test('what is marked is what was listed, and nothing that came later', async () => {
	const set = await opened('changes');
	const { changes } = set.app.review;
	expect(numbers(set)).toEqual([41, 42, 43, 44]);
	const last = set.host.review.changes.at(-1);
	if (!last) throw new Error('no change');
	set.host.review.changes = [...set.host.review.changes, { ...last, number: 45 }];
	set.app.handle({ type: 'resync' });
	set.clock.advance(1000);
	await settle();
	expect(changes.moreCame).toBe(true);
	expect(numbers(set)).toEqual([41, 42, 43, 44]);
	await changes.markListed();
	expect(set.host.called('markReviewed')).toEqual([[44]]);
	expect(numbers(set)).toEqual([45]);
	expect(changes.moreCame).toBe(false);
});

test('of a long list only what was shown is marked, or on request all that was counted', async () => {
	const set = await opened('changes', 2);
	const { changes } = set.app.review;
	expect(changes.total.count).toBe(4);
	await changes.markListed();
	expect(set.host.called('markReviewed')).toEqual([[42]]);
	set.host.review.pageSize = 1;
	await changes.begin();
	changes.markingAll.ask(changes.total.count);
	await changes.markingAll.accept();
	expect(set.host.called('markReviewed').at(-1)).toEqual([44]);
	expect([numbers(set), changes.total.count, changes.waiting.count]).toEqual([[], 0, 0]);
	expect(changes.totals?.reviewed_at).toBe(START);
});

test('a list of one kind is not marked, since the others would be, too', async () => {
	const set = await opened('changes');
	await set.app.review.changes.show('rights');
	expect(numbers(set)).toEqual([43]);
	await set.app.review.changes.markListed();
	expect(set.host.called('markReviewed')).toEqual([]);
});

test('a review that cannot be kept says so and stays to be looked at', async () => {
	const set = await opened('changes');
	const refusal = { code: 'storage_unavailable', message: 'The disk is full.', hint: null };
	set.host.refuse('markReviewed', refusal);
	await set.app.review.changes.markListed();
	expect(set.app.review.changes.error?.message).toBe('The disk is full.');
	expect(numbers(set)).toHaveLength(4);
});

test('tombstones are read on from the last one', async () => {
	const set = await opened('revoked', 3);
	const { tombstones } = set.app.review;
	await tombstones.showMore();
	expect(set.host.called('listTombstones').at(-1)).toEqual([null, 2]);
	expect(tombstones.rows.map(({ number }) => number)).toEqual([4, 3, 2, 1]);
	expect(tombstones.rows.map(({ who }) => endedBy(who))).toEqual([
		'You',
		'You',
		'Key “Clean-up script”',
		'It is not known by whom'
	]);
});

test('tombstones are searched, and are all there again without words', async () => {
	const set = await opened('revoked');
	const names = () => set.app.review.tombstones.rows.map(({ name }) => name);
	const all = names();
	await set.app.review.searchTombstones(' yard ');
	expect(set.host.called('listTombstones').at(-1)).toEqual(['yard', null]);
	expect(names()).toEqual(['Forklift tablet']);
	await set.app.review.searchTombstones('');
	expect(names()).toEqual(all);
});

test('the words that devices are searched by are looked for in everything else, too', async () => {
	const set = await opened();
	const { elsewhere } = set.app.review;
	expect(set.host.called('searchWaiting')).toEqual([]);
	await set.app.review.search('tablet ');
	expect(elsewhere.waiting.rows.map(({ name }) => name)).toEqual([
		'Ada’s tablet',
		'Forklift tablet 2'
	]);
	expect(elsewhere.ended.rows.map(({ number }) => number)).toEqual([4, 1]);
	expect(elsewhere.activity.rows.map(({ known }) => known)).toEqual([9, 8, 7, 5]);
	expect(elsewhere.journal.rows.map(({ thing }) => thing?.name)).toContain('Bench tablet');
	expect(elsewhere.none).toBe(false);
	await set.app.review.search('nobody knows this');
	expect(elsewhere.none).toBe(true);
	const asked = set.host.called('searchWaiting').length;
	await set.app.review.showAll();
	expect(set.host.called('searchWaiting')).toHaveLength(asked);
	expect(elsewhere.waiting.loaded).toBe(false);
});

test('what was found by other words is not kept beside a refusal', async () => {
	const set = await opened();
	const { elsewhere } = set.app.review;
	await set.app.review.search('tablet');
	const refusal = { code: 'invalid_request', message: 'At least one letter.', hint: null };
	set.host.refuse('listJournal', refusal);
	await set.app.review.search('nobody knows this');
	expect(elsewhere.error?.message).toBe('At least one letter.');
	expect(elsewhere.none).toBe(false);
});

test('words that were looked for among what is over are gone with the page', async () => {
	const set = await opened('revoked');
	await set.app.review.searchTombstones('yard');
	set.app.router.open('settings');
	set.app.router.open('review', 'revoked');
	await settle();
	expect(set.app.review.tombstones.rows).toHaveLength(4);
});

test('a key that comes back is told on every page, once, until somebody has looked', async () => {
	const set = await opened();
	set.app.router.open('settings');
	set.host.outbox.alarms = [sampleAlarm(set.clock)];
	set.app.handle({ type: 'platform', platform: 'plat-home', event: { type: 'resync' } });
	set.clock.advance(3000);
	await settle();
	expect(set.app.announcer.slots.filter(Boolean)).toEqual([
		'The key of “Forklift tablet”, which was shut out, is back'
	]);
	const [returned] = set.app.review.returns.all;
	if (!returned) throw new Error('nothing came back');
	await set.app.review.returns.acknowledge(returned);
	expect(set.app.review.returns.all).toEqual([]);
});

test('tells of a change what it did to what a device may, and nothing where that is nothing', () => {
	const [added, , rights] = sampleChanges(new FakeClock(START));
	if (!added || !rights) throw new Error('too few changes');
	expect(rightsTold(added).map(({ label, rights }) => [label, rights])).toEqual([
		['May do', added.then]
	]);
	expect(rightsTold({ ...rights, then: rights.before })).toEqual([]);
	expect(rightsTold(rights).map(({ sign, rights }) => [sign, rights])).toEqual([
		['+', ['compute:execute']],
		['−', ['config:read']]
	]);
});

test('tells what a device may do besides and what no more, and how many there are', () => {
	const pump = sampleChanges(new FakeClock(START)).find(({ kind }) => kind === 'rights');
	if (!pump) throw new Error('no change of rights');
	expect(rightsChanged(pump)).toEqual({ gained: ['compute:execute'], lost: ['config:read'] });
	expect(counted({ count: 10_000, or_more: true })).toBe('10,000+');
	expect(counted({ count: 12_345, or_more: false })).toBe('12,345');
});

test.each([
	['operator.admin', 'Everything, managing every device included'],
	['node', 'Lend its abilities to the gateway’s agents'],
	['cap:system', 'Let the gateway’s agents run programs on it'],
	['command:system.run', 'Let the gateway’s agents run programs on it'],
	['command:kiln.fire', 'Let the gateway’s agents run this command on it'],
	['cap:kiln', 'Lend the gateway’s agents this ability'],
	['permission:camera', 'Use this on its own system, which allows it'],
	['denied:location', 'Nothing of this: its own system does not allow it'],
	['operator.later', 'A scope that this app does not know'],
	['auditor', 'A role that this app does not know'],
	['later:word', 'Unknown to this app'],
	['constructor', 'A role that this app does not know'],
	['constructor:word', 'Unknown to this app']
])('at a gateway, %s is “%s”', (word, meaning) => expect(describeRight(word, true)).toBe(meaning));

test.each([
	['lights:control', 'Switch and dim lights'],
	['command:run', 'Your own permission']
])('on a platform of ours, %s is “%s”', (word, meaning) =>
	expect(describeRight(word, false)).toBe(meaning)
);

test('what a node lends stands among what it may do, and its meaning with what has changed', async () => {
	const set = await opened('changes');
	const node = set.host.review.devices.find(({ device }) => device.name === 'Workshop node');
	const [change] = set.app.review.changes.list.rows;
	if (!node?.device.gateway || !change) throw new Error('no node');
	expect(rightsOf(node.device.gateway)).toEqual(['node', ...sampleLent]);
	const { before, then } = { before: ['node'], then: ['node', 'command:system.run'] };
	const given = { ...change, kind: 'rights' as const, before, then, device: node };
	render(ChangeDetails, { app: set.app, change: given, gateway: true });
	const told = screen.getByText('Now may').closest('div');
	expect(told).toHaveTextContent('command:system.run');
	expect(told).toHaveTextContent('Let the gateway’s agents run programs on it');
	expect(screen.getByText('Let the gateway’s agents run this command on it')).toBeVisible();
});

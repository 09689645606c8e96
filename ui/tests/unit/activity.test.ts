import { expect, test } from 'vitest';
import { tellActivity } from '$lib/format/activity';
import { FakeClock } from '../../src/gallery/FakeClock';
import { sampleEntries, START } from '../../src/gallery/samples';
import { stage } from '../../src/gallery/stage';

async function opened(pageSize = 50) {
	const set = stage('#/activity');
	set.platform.pageSize = pageSize;
	await set.app.start();
	return set;
}

test('tells who did what to what', () => {
	const told = sampleEntries(new FakeClock(START)).map(tellActivity);
	expect(told).toContain('You let “Kitchen hub” in.');
	expect(told).toContain('Key “Factory floor script” made a code for “Loading dock scanner”.');
	expect(told).toContain('A device joined as “Kitchen hub”.');
	expect(told).toContain('Key “Factory floor script”: something_newer');
});

test('reads on from the last entry', async () => {
	const { app, platform } = await opened(4);
	expect(app.activity.list.rows.map(({ number }) => number)).toEqual([12345, 12344, 12343, 12342]);
	await app.activity.list.showMore();
	expect(platform.called('listActivity').at(-1)).toEqual([
		{ after: 12342, actor: null, action: null, from: null }
	]);
	expect(app.activity.list.rows).toHaveLength(8);
});

test('a filter begins anew, and its time is in whole seconds', async () => {
	const { app, platform } = await opened();
	await app.activity.filter({ actor: 'key-a', days: 7 });
	expect(platform.called('listActivity').at(-1)).toEqual([
		{ after: null, actor: 'key-a', action: null, from: '2026-03-07T10:30:00Z' }
	]);
	expect(app.activity.list.rows.map(({ number }) => number)).toEqual([12342, 12337]);
});

test('an answer to an older question is dropped', async () => {
	const { app, platform } = await opened();
	const release = platform.hold('listActivity');
	const slow = app.activity.filter({ actor: 'owner' });
	const fast = app.activity.filter({ actor: 'device' });
	release();
	await Promise.all([slow, fast]);
	expect(new Set(app.activity.list.rows.map(({ actor }) => actor.kind))).toEqual(
		new Set(['device'])
	);
});

test('the outcome of a check goes when the page is left', async () => {
	const { app } = await opened();
	await app.activity.verify();
	expect(app.activity.check).toEqual({ kind: 'whole', first: 1, last: 12345 });
	app.router.open('pair');
	expect(app.activity.check).toBeNull();
});

test('a file that nobody chose is not said to be written', async () => {
	const { app, platform } = await opened();
	platform.exportActivity = () => Promise.resolve(false);
	await app.activity.export();
	expect(app.activity.exported).toBe(false);
});

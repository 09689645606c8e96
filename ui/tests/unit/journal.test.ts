import { expect, test } from 'vitest';
import type { JournalEntry } from '$lib/bindings/JournalEntry';
import { isTrouble, tellJournal } from '$lib/format/journal';
import { FakeClock } from '../../src/gallery/FakeClock';
import { sampleJournal } from '../../src/gallery/sampleJournal';
import { START } from '../../src/gallery/samples';
import { stage } from '../../src/gallery/stage';
import { settle } from './stage';

async function opened(pageSize = 50) {
	const set = stage('#/journal');
	set.host.journalPage = pageSize;
	await set.app.start();
	return set;
}

test('tells what was done to what, and where', () => {
	const told = sampleJournal(new FakeClock(START)).map(tellJournal);
	const said = ({ sentence, more }: { sentence: string; more: string | null }) =>
		more === null ? sentence : `${sentence} ${more}`;
	expect(told.map(said)).toEqual(
		expect.arrayContaining([
			'You asked “Office server” for “Lost phone” to be revoked. Lost on the train',
			'Done on “Office server”: “Lost phone” to be revoked.',
			'Not done on “Office server”: Change permissions (“Greenhouse sensor”). This API key may not change what devices may do.',
			'You let “Kitchen hub” in on “This computer”.',
			'You made a code for “Kitchen hub” on “This computer”.',
			'You added “Office server”. https://office.example:8443'
		])
	);
});

test('a platform that is not known any more was removed by nobody', () => {
	const entry: JournalEntry = {
		number: 1,
		at: START,
		actor: 'platform',
		action: 'platform_unknown',
		platform: { id: 'plat-1', name: 'Lab' },
		thing: null,
		details: null
	};
	expect(tellJournal(entry).sentence).toBe(
		'This computer did not know “Lab” any more, and forgot what it had read there.'
	);
	expect(isTrouble(entry)).toBe(true);
});

test('what the catalogue does not know goes by its word', () => {
	const newer: JournalEntry = {
		number: 1,
		at: START,
		actor: 'you',
		action: 'something_newer',
		platform: { id: 'plat-1', name: 'Lab' },
		thing: null,
		details: 'bundle'
	};
	expect(tellJournal(newer).sentence).toBe('something_newer: Lab');
	const asked = { ...newer, action: 'asked', thing: { id: 'd', name: null }, details: 'melt: now' };
	expect(tellJournal(asked)).toEqual({ sentence: 'You asked “Lab” for melt (“d”).', more: 'now' });
});

test('what nobody took back is not said to be withdrawn', () => {
	const entry: JournalEntry = {
		number: 1,
		at: START,
		actor: 'platform',
		action: 'overtaken',
		platform: { id: 'plat-1', name: 'Lab' },
		thing: { id: 'd', name: 'Phone' },
		details: 'enable'
	};
	expect(tellJournal(entry).sentence).toBe(
		'Overtaken on “Lab” by what you asked for later: “Phone” to be enabled.'
	);
	expect(tellJournal({ ...entry, action: 'abandoned' }).sentence).toBe(
		'Given up, since “Lab” was removed: “Phone” to be enabled.'
	);
});

test('what went wrong is marked', () => {
	const marked = sampleJournal(new FakeClock(START)).filter(isTrouble);
	expect(marked.map(({ action }) => action)).toEqual(['failed', 'refused']);
});

test('reads on from the last entry, and a filter begins anew', async () => {
	const { app, host } = await opened(5);
	await app.journal.list.showMore();
	expect(app.journal.list.rows).toHaveLength(10);
	await app.journal.filter({ actor: 'platform' });
	await app.journal.filter({ words: ' tablet ' });
	const all = { actor: null, action: null, search: null, before: null };
	expect(host.called('listJournal')).toEqual([
		[all],
		[{ ...all, before: 8 }],
		[{ ...all, actor: 'platform' }],
		[{ ...all, actor: 'platform', search: 'tablet' }]
	]);
	expect(new Set(app.journal.list.rows.map(({ actor }) => actor))).toEqual(new Set(['platform']));
});

test('an answer to an older question is dropped', async () => {
	const { app, host } = await opened();
	const release = host.hold('listJournal');
	const slow = app.journal.filter({ actor: 'you' });
	const fast = app.journal.filter({ actor: 'platform' });
	release();
	await Promise.all([slow, fast]);
	expect(app.journal.list.rows.every(({ actor }) => actor === 'platform')).toBe(true);
});

test('a bundle shows who has signed it, and so does the page from then on', async () => {
	const set = stage('#/journal');
	set.host.signing = null;
	await set.app.start();
	const { app } = set;
	expect(app.journal.signing).toBeNull();
	await app.journal.export('bundle');
	expect(app.journal.exported?.signed_by).toBe('7F3K-9QWZ-4JN2');
	expect(app.journal.signing).toBe('7F3K-9QWZ-4JN2');
});

test('a file that nobody chose is not said to be written or checked', async () => {
	const { app, host } = await opened();
	host.exportRecords = () => Promise.resolve(null);
	await app.journal.export('devices_csv');
	await app.journal.checkBundle();
	expect([app.journal.exported, app.journal.bundle, app.journal.error]).toEqual([null, null, null]);
});

test('outcomes go when the page is left, and it is read again when it is opened', async () => {
	const { app, host } = await opened();
	await app.journal.verify();
	expect(app.journal.check).toEqual({ kind: 'whole', first: 1, last: 12 });
	app.router.open('settings');
	expect(app.journal.check).toBeNull();
	const before = host.called('listJournal').length;
	app.router.open('journal');
	expect(host.called('listJournal')).toHaveLength(before + 1);
});

test('nothing is said of the key that signs until it is read', async () => {
	const set = stage('#/journal');
	const release = set.host.hold('signingFingerprint');
	const starting = set.app.start();
	await settle();
	expect(set.app.journal.signing).toBeUndefined();
	release();
	await starting;
	expect(set.app.journal.signing).toBe('7F3K-9QWZ-4JN2');
});

test('a refusal is shown and leaves what was known', async () => {
	const { app, host } = await opened();
	host.refuse('exportRecords', { code: 'storage_unavailable', message: 'Full.', hint: null });
	await app.journal.export('journal_csv');
	expect(app.journal.error?.message).toBe('Full.');
	expect(app.journal.list.rows).toHaveLength(12);
});

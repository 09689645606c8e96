import { expect, test } from 'vitest';
import { fileSize } from '$lib/format/size';
import { stage } from '../../src/gallery/stage';

async function opened() {
	const set = stage('#/settings');
	await set.app.start();
	return set;
}

const full = { code: 'storage_unavailable', message: 'The disk is full.', hint: null };

test('sizes are told in the unit that suits them', () => {
	expect([0, 4096, 5_452_800, 2_100_000_000].map(fileSize)).toEqual([
		'0 kB',
		'4.1 kB',
		'5.5 MB',
		'2.1 GB'
	]);
});

test('a backup says where it is, and one that failed why', async () => {
	const { app, host } = await opened();
	await app.dataFile.backUp();
	expect(app.dataFile.backedUp).toBe('/home/you/Documents/clawpair-backup.db');
	host.refuse('backUp', full);
	await app.dataFile.backUp();
	expect([app.dataFile.backedUp, app.dataFile.tasks.error?.message]).toEqual([null, full.message]);
});

test('nothing is put back before a person has seen what it is and agreed', async () => {
	const { app, host } = await opened();
	await app.dataFile.chooseBackup();
	expect(app.dataFile.restoring.about?.devices).toBe(1190);
	expect(host.called('restoreBackup')).toHaveLength(0);
	app.dataFile.restoring.keep();
	expect(host.called('restoreBackup')).toHaveLength(0);
	await app.dataFile.chooseBackup();
	await app.dataFile.restoring.accept();
	expect(host.called('restoreBackup')).toHaveLength(1);
	expect(app.dataFile.restored?.questions).toBe(2);
	expect(app.dataFile.restoring.about).toBeNull();
});

test('a backup that cannot be put back leaves the question open, with the reason', async () => {
	const { app, host } = await opened();
	await app.dataFile.chooseBackup();
	host.refuse('restoreBackup', full);
	await app.dataFile.restoring.accept();
	expect(app.dataFile.restoring.error?.message).toBe(full.message);
	expect([app.dataFile.restored, app.dataFile.restoring.about === null]).toEqual([null, false]);
});

test('what is no backup is said, and nothing is asked', async () => {
	const { app, host } = await opened();
	host.refuse('chooseBackup', { ...full, message: 'notes.txt is no backup.' });
	await app.dataFile.chooseBackup();
	expect(app.dataFile.tasks.error?.message).toBe('notes.txt is no backup.');
	expect(app.dataFile.restoring.about).toBeNull();
});

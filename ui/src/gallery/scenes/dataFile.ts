import { begin, type Scene } from '../stage';

/** The card of the file that this computer keeps, on the Settings page. */
export const dataFile: Record<string, Scene> = {
	'backed-up': async (stage) => {
		await begin(stage);
		await stage.app.dataFile.backUp();
	},
	'backup-refused': async (stage) => {
		stage.host.refuse('backUp', {
			code: 'storage_unavailable',
			message: '/mnt/stick/clawpair-backup.db could not be written: database or disk is full.',
			hint: 'Choose another folder, or free some space, and try again.'
		});
		await begin(stage);
		await stage.app.dataFile.backUp();
	},
	'restore-asked': async (stage) => {
		await begin(stage);
		await stage.app.dataFile.chooseBackup();
	},
	'restore-asked-since': async (stage) => {
		if (stage.host.backup) stage.host.backup = { ...stage.host.backup, since: 3 };
		await begin(stage);
		await stage.app.dataFile.chooseBackup();
	},
	'restore-broken-journal': async (stage) => {
		if (stage.host.backup)
			stage.host.backup = {
				...stage.host.backup,
				as_of: null,
				waiting: 0,
				journal: {
					kind: 'broken',
					fault: 'Entry 7 is not what was written: it was changed or put in.'
				}
			};
		await begin(stage);
		await stage.app.dataFile.chooseBackup();
	},
	restored: async (stage) => {
		await begin(stage);
		await stage.app.dataFile.chooseBackup();
		await stage.app.dataFile.restoring.accept();
	},
	'restored-unread': async (stage) => {
		stage.host.readable = false;
		await begin(stage);
		await stage.app.dataFile.chooseBackup();
		await stage.app.dataFile.restoring.accept();
	}
};

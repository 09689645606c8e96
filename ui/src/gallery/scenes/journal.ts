import { begin, click, type Scene } from '../stage';

/** The Journal page. */
export const journal: Record<string, Scene> = {
	list: (stage) => begin(stage),
	more: (stage) => {
		stage.host.journalPage = 4;
		return begin(stage);
	},
	empty: (stage) => {
		stage.host.entries = [];
		stage.host.signing = null;
		return begin(stage);
	},
	'no-match': async (stage) => {
		await begin(stage);
		await stage.app.journal.filter({ action: 'restored' });
	},
	searched: async (stage) => {
		await begin(stage);
		await stage.app.journal.filter({ words: 'tablet' });
	},
	whole: async (stage) => {
		await begin(stage);
		await stage.app.journal.verify();
	},
	broken: async (stage) => {
		stage.host.journalCheck = {
			kind: 'broken',
			fault: 'Entry 7 is not what was written: it was changed or put in.'
		};
		await begin(stage);
		await stage.app.journal.verify();
	},
	menu: async (stage) => {
		await begin(stage);
		return click('[data-testid="journal-export"]');
	},
	signed: async (stage) => {
		await begin(stage);
		await stage.app.journal.export('bundle');
	},
	'bundle-whole': async (stage) => {
		stage.host.bundle = {
			kind: 'whole',
			file: 'clawpair-bundle.jsonl',
			signed_by: 'Q9D4-71KE-8XJ0',
			ours: false,
			made_at: stage.clock.at(-3 * 24 * 3600),
			devices: 1204,
			entries: 318
		};
		await begin(stage);
		await stage.app.journal.checkBundle();
	},
	'bundle-broken': async (stage) => {
		stage.host.bundle = {
			kind: 'broken',
			file: 'clawpair-bundle.jsonl',
			fault: 'The signature does not fit: the file was changed, or somebody else has made it.'
		};
		await begin(stage);
		await stage.app.journal.checkBundle();
	},
	refused: (stage) => {
		stage.host.refuse('listJournal', {
			code: 'storage_unavailable',
			message: 'The file of devices is damaged: database disk image is malformed',
			hint: 'Start Clawpair again: it sets the file aside, reads your platforms again, and keeps what waited to be sent if that can be read.'
		});
		return begin(stage);
	}
};

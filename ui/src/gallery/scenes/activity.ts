import { begin, type Scene } from '../stage';

/** The Activity page. */
export const activity: Record<string, Scene> = {
	list: (stage) => begin(stage),
	more: (stage) => {
		stage.platform.pageSize = 4;
		return begin(stage);
	},
	empty: (stage) => {
		stage.platform.entries = [];
		return begin(stage);
	},
	'no-match': async (stage) => {
		await begin(stage);
		await stage.app.activity.filter({ actor: 'operator', days: 7 });
	},
	whole: async (stage) => {
		await begin(stage);
		await stage.app.activity.verify();
	},
	broken: async (stage) => {
		stage.platform.check = {
			kind: 'broken',
			fault: 'Entry 12340 is not what was written: it was changed or put in.'
		};
		await begin(stage);
		await stage.app.activity.verify();
	},
	exported: async (stage) => {
		await begin(stage);
		await stage.app.activity.export();
	},
	refused: (stage) => {
		stage.platform.refuse('listActivity', {
			code: 'storage_unavailable',
			message: 'The activity log could not be read.',
			hint: 'Restart Clawpair. If that does not help, check the disk.'
		});
		return begin(stage);
	}
};

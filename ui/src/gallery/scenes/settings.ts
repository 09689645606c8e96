import { begin, type Scene } from '../stage';

/** The Settings page. */
export const settings: Record<string, Scene> = {
	keyring: (stage) => begin(stage),
	'nearby-off-asked': async (stage) => {
		await begin(stage);
		stage.app.switchNearby(false);
	},
	file: (stage) =>
		begin(stage, {
			nearby: false,
			secret_storage: {
				kind: 'file',
				path: '/home/you/.local/share/clawpair/secrets.json',
				reason: 'this system has no keyring service running'
			}
		})
};

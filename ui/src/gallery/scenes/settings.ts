import { begin, type Scene } from '../stage';

/** The Settings page. */
export const settings: Record<string, Scene> = {
	keyring: (stage) => begin(stage),
	file: (stage) =>
		begin(stage, {
			nearby: false,
			secret_storage: {
				kind: 'file',
				path: '/home/you/.local/share/clawpair/secrets.json',
				reason: 'this system has no keyring service running'
			}
		}),
	'no-keys': (stage) => {
		stage.host.apiKeys = [];
		return begin(stage);
	},
	'new-key': async (stage) => {
		await begin(stage);
		stage.app.apiKeys.name = 'Label printer';
		await stage.app.apiKeys.create();
		await stage.app.apiKeys.copy();
	},
	'name-missing': async (stage) => {
		await begin(stage);
		await stage.app.apiKeys.create();
	},
	'revoke-asked': async (stage) => {
		await begin(stage);
		const key = stage.app.apiKeys.keys[0];
		if (key) stage.app.apiKeys.revocation.ask(key);
	}
};

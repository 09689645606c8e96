import { serverView } from '../samplePlatforms';
import { sampleEntries } from '../samples';
import { awayServer } from './outbox';
import { begin, type Scene, type Stage } from '../stage';

async function atServer(stage: Stage): Promise<void> {
	const { capabilities } = serverView();
	const view = serverView({
		capabilities: capabilities.filter((capability) => capability !== 'verify_activity')
	});
	stage.host.add(view).entries = sampleEntries(stage.clock);
	await begin(stage);
	await stage.app.choose('plat-works');
}

/** Pages of a server that differ from those of the platform on this computer. */
export const serverPair: Record<string, Scene> = { 'at-server': atServer };
export const serverActivity: Record<string, Scene> = { 'at-server': atServer };
export const serverKeys: Record<string, Scene> = {
	'server-away': async (stage) => {
		stage.host.add(awayServer(stage));
		await begin(stage);
		await stage.app.choose('plat-works');
	},
	'server-away-without-rights': async (stage) => {
		stage.host.add({ ...awayServer(stage), capabilities: ['alerts', 'activity'] });
		await begin(stage);
		await stage.app.choose('plat-works');
	},
	'at-server': async (stage) => {
		await atServer(stage);
		stage.app.apiKeys.openForm();
		if (stage.app.apiKeys.form) stage.app.apiKeys.form.name = 'Night export';
		await stage.app.apiKeys.create(stage.host.data.roles);
	}
};

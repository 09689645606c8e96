import { begin, click, type Scene, type Stage } from '../stage';

async function withForm(stage: Stage, name: string): Promise<void> {
	await begin(stage);
	stage.app.apiKeys.openForm();
	const { form } = stage.app.apiKeys;
	if (form) form.name = name;
}

const create = ({ app, host }: Stage) => app.apiKeys.create(host.data.roles);

/** The API keys page. */
export const keys: Record<string, Scene> = {
	list: (stage) => begin(stage),
	empty: (stage) => {
		stage.platform.apiKeys = [];
		return begin(stage);
	},
	expanded: async (stage) => {
		await begin(stage);
		stage.app.apiKeys.toggle('key-a');
	},
	form: (stage) => withForm(stage, 'Label printer'),
	'form-narrowed': async (stage) => {
		await withForm(stage, 'Label printer');
		stage.app.apiKeys.form?.toggle('codes:cancel');
		return click('.disclosure');
	},
	'form-faults': async (stage) => {
		await withForm(stage, '');
		for (const scope of stage.app.apiKeys.form?.offered(stage.host.data.roles) ?? [])
			stage.app.apiKeys.form?.toggle(scope);
		await create(stage);
		return click('.disclosure');
	},
	'form-refused': async (stage) => {
		await withForm(stage, 'Label printer');
		stage.platform.refuse('createApiKey', {
			code: 'storage_unavailable',
			message: 'The key could not be written: the disk is full.',
			hint: 'Free some space, then make it again.'
		});
		await create(stage);
	},
	'new-key': async (stage) => {
		await withForm(stage, 'Label printer');
		await create(stage);
		await stage.app.apiKeys.copyKey();
	},
	'new-key-viewer': async (stage) => {
		await withForm(stage, 'Wall display');
		if (stage.app.apiKeys.form) stage.app.apiKeys.form.role = 'viewer';
		await create(stage);
		stage.clock.advance(590_000);
	},
	'rotate-asked': async (stage) => {
		await begin(stage);
		const key = stage.app.apiKeys.keys[0];
		if (key) stage.app.apiKeys.rotation.ask(key);
	},
	'revoke-asked': async (stage) => {
		await begin(stage);
		const key = stage.app.apiKeys.keys[0];
		if (key) stage.app.apiKeys.revocation.ask(key);
	}
};

import { sampleAlerts } from '../sampleAlerts';
import { awayServer } from './outbox';
import { begin, type Scene, type Stage } from '../stage';

async function raised(stage: Stage): Promise<void> {
	stage.platform.alerts = sampleAlerts(stage.clock);
	await begin(stage);
}

async function rules(stage: Stage): Promise<void> {
	await begin(stage);
	stage.app.alerts.view = 'rules';
}

function rule({ app }: Stage, id: string) {
	const found = app.alerts.rules.all.find((rule) => rule.id === id);
	if (!found) throw new Error(`no rule ${id}`);
	return found;
}

function ask({ app }: Stage): void {
	const [first] = app.alerts.open;
	if (!first) throw new Error('no alert');
	app.alerts.askToAcknowledge(first);
	app.alerts.note = 'It stood in the workshop, still switched on.';
}

/** The Alerts page, and the rules behind it. */
export const alerts: Record<string, Scene> = {
	empty: (stage) => begin(stage),
	list: raised,
	expanded: async (stage) => {
		await raised(stage);
		for (const id of ['alert-0007', 'alert-0003']) stage.app.alerts.toggle(id);
	},
	quarantined: async (stage) => {
		stage.platform.devices = stage.platform.devices.map((device, index) =>
			index === 0 ? { ...device, status: 'disabled', connected: false } : device
		);
		await raised(stage);
	},
	more: (stage) => {
		stage.platform.pageSize = 2;
		return raised(stage);
	},
	'all-acknowledged': async (stage) => {
		stage.platform.alerts = sampleAlerts(stage.clock).filter(({ status }) => status !== 'open');
		await begin(stage);
	},
	asked: async (stage) => {
		await raised(stage);
		ask(stage);
	},
	acknowledging: async (stage) => {
		await raised(stage);
		stage.platform.hold('acknowledgeAlert');
		ask(stage);
		void stage.app.alerts.acknowledging.accept();
	},
	'acknowledge-refused': async (stage) => {
		await raised(stage);
		stage.platform.refuse('acknowledgeAlert', {
			code: 'storage_unavailable',
			message: 'The change could not be written: the disk is full.',
			hint: 'Free some space, then acknowledge it again.'
		});
		ask(stage);
		await stage.app.alerts.acknowledging.accept();
	},
	'server-away': async (stage) => {
		stage.host.add(awayServer(stage));
		await begin(stage);
		await stage.app.choose('plat-works');
	},
	refused: (stage) => {
		stage.platform.refuse('listAlerts', {
			code: 'storage_unavailable',
			message: 'The alerts could not be read.',
			hint: 'Restart Clawpair. If that does not help, check the disk.'
		});
		return begin(stage);
	},
	rules,
	'rules-set': async (stage) => {
		await rules(stage);
		const list = stage.app.alerts.rules;
		await list.setAction(rule(stage, 'unexpected_device_type'), 'quarantine');
		await list.setEnabled(rule(stage, 'unusual_hour'), false);
		list.type(rule(stage, 'many_failures'), 'minutes', '5');
		list.type(rule(stage, 'revoked_device_knocking'), 'minutes', '2000');
	},
	'rules-refused': (stage) => {
		stage.platform.refuse('listAlertRules', {
			code: 'storage_unavailable',
			message: 'The rules could not be read.',
			hint: 'Restart Clawpair. If that does not help, check the disk.'
		});
		return rules(stage);
	}
};

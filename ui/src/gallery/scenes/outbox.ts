import { sampleErrand, sampleErrands } from '../sampleOutbox';
import { gatewayView, serverView } from '../samplePlatforms';
import { begin, click, type Scene, type Stage } from '../stage';

/** The window with changes under way on a gateway that is there and a server that is not. */
export async function underWay(stage: Stage): Promise<void> {
	stage.host.outbox.all = sampleErrands(stage.clock);
	await withPlatforms(stage);
}

async function withPlatforms(stage: Stage): Promise<void> {
	stage.host.add(gatewayView());
	stage.host.add(awayServer(stage));
	await begin(stage);
}

export const awayServer = ({ clock }: Stage) =>
	serverView({
		state: {
			kind: 'retrying',
			at: clock.at(30),
			why: {
				code: 'server_unreachable',
				message: 'The server at https://hub.example.org:21327 does not answer.',
				hint: 'Check that it runs and that this computer has a network.'
			}
		},
		as_of: clock.at(-2 * 3600 - 60)
	});

/** The page of changes under way. */
export const outbox: Record<string, Scene> = {
	empty: (stage) => begin(stage),
	list: underWay,
	explained: async (stage) => {
		await underWay(stage);
		return click('.disclosure');
	},
	'only-waiting': async (stage) => {
		stage.host.outbox.all = sampleErrands(stage.clock).slice(-2);
		await withPlatforms(stage);
	},
	more: async (stage) => {
		stage.host.outbox.pageSize = 3;
		await underWay(stage);
	},
	ended: async (stage) => {
		await underWay(stage);
		const { outbox } = stage.host;
		outbox.verify(7);
		outbox.withdraw(8);
		await stage.app.outbox.load();
	},
	expired: async (stage) => {
		await underWay(stage);
		const state = { kind: 'expired' as const };
		stage.host.outbox.change(8, { state, ended_at: stage.clock.at(0), can_withdraw: false });
		await stage.app.outbox.load();
	},
	'all-ended': async (stage) => {
		stage.host.outbox.all = [sampleErrand(stage.clock)];
		await withPlatforms(stage);
		stage.host.outbox.verify(1);
		await stage.app.outbox.load();
	},
	'withdraw-asked': async (stage) => {
		await underWay(stage);
		await stage.app.outbox.withdraw(stage.host.outbox.find(5));
	},
	'withdraw-asked-overtook': async (stage) => {
		await underWay(stage);
		stage.host.outbox.change(5, {
			overtook: [{ kind: 'enable' }],
			resumes: [{ kind: 'disable', reason: null }]
		});
		await stage.app.outbox.withdraw(stage.host.outbox.find(5));
	},
	'withdraw-denial-asked': async (stage) => {
		stage.host.outbox.all = [
			sampleErrand(stage.clock, {
				subject: 'pair-1',
				name: 'Kitchen hub',
				intent: { kind: 'deny', reason: null },
				overtook: [{ kind: 'approve', permissions: [] }]
			})
		];
		await withPlatforms(stage);
		await stage.app.outbox.withdraw(stage.host.outbox.find(1));
	},
	'withdraw-refused': async (stage) => {
		await underWay(stage);
		stage.host.refuse('withdrawErrand', {
			code: 'changed_meanwhile',
			message: 'This cannot be done any more: what you see has changed. Load it again.',
			hint: null
		});
		await stage.app.outbox.withdraw(stage.host.outbox.find(8));
	},
	'revoke-returned-asked': async (stage) => {
		await underWay(stage);
		await stage.app.outbox.choose(stage.host.outbox.find(3), 'revoke_returned');
	},
	'leave-asked': async (stage) => {
		await underWay(stage);
		await stage.app.outbox.choose(stage.host.outbox.find(3), 'leave');
	},
	refused: (stage) => {
		stage.host.refuse('listOutbox', {
			code: 'storage_unavailable',
			message: 'The file of devices cannot be used.',
			hint: 'Start Clawpair again.'
		});
		return begin(stage);
	}
};

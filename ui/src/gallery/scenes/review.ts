import type { ErrandIntent } from '$lib/bindings/ErrandIntent';
import type { ErrandView } from '$lib/bindings/ErrandView';
import type { PlatformState } from '$lib/bindings/PlatformState';
import type { ReviewDevice } from '$lib/bindings/ReviewDevice';
import { fillReview, sampleAlarm, sampleFoundWaiting, sampleLent } from '../sampleReview';
import { gatewayView, serverView } from '../samplePlatforms';
import { begin, click, type Scene, type Stage } from '../stage';

const AWAY: PlatformState = {
	kind: 'retrying',
	at: '2026-03-14T10:30:25Z',
	why: {
		code: 'server_unreachable',
		message: 'The server at https://hub.example.org:21327 does not answer.',
		hint: 'Check that it runs and that this computer is on the same network.'
	}
};

/** On a train: a gateway and a server that were read before, and that nobody can reach. */
async function train(stage: Stage, part = ''): Promise<void> {
	stage.host.add(gatewayView({ as_of: stage.clock.at(-240) }));
	stage.host.add(serverView({ as_of: stage.clock.at(-88 * 60), state: AWAY }));
	fillReview(stage.host.review, stage.clock);
	stage.app.router.open('review', part);
	await begin(stage);
}

const row = ({ app }: Stage, name: string) => {
	const found = app.review.devices.list.rows.find(({ device }) => device.name === name);
	if (!found) throw new Error(`no ${name}`);
	return found;
};

const errandOf = (
	{ clock }: Stage,
	{ platform, platform_name, device }: ReviewDevice,
	intent: ErrandIntent
): ErrandView => ({
	id: 7,
	platform,
	platform_name,
	subject: device.id,
	name: device.name,
	key: device.key_fingerprint,
	intent,
	queued_at: clock.at(-600),
	expires_at: null,
	attempts: 0,
	sent_at: null,
	acknowledged_at: null,
	ended_at: null,
	can_withdraw: true,
	state: { kind: 'queued', due: clock.at(0) }
});

/** The Review page. */
export const review: Record<string, Scene> = {
	devices: (stage) => train(stage),
	expanded: async (stage) => {
		await train(stage);
		await stage.app.review.devices.toggle(row(stage, 'Build runner 1'));
	},
	'expanded-gateway': async (stage) => {
		await train(stage);
		await stage.app.review.devices.toggle(row(stage, 'Ada’s phone'));
	},
	'expanded-node': async (stage) => {
		await train(stage);
		await stage.app.review.devices.toggle(row(stage, 'Workshop node'));
	},
	narrowed: async (stage) => {
		await train(stage);
		await stage.app.review.devices.narrow({ marks: ['not_seen', 'broad'], silentDays: 7 });
	},
	'near-expiry': async (stage) => {
		await train(stage);
		await stage.app.review.devices.narrow({ marks: ['expiring'] });
	},
	'very-many': async (stage) => {
		stage.host.review.findsVeryMany = true;
		await train(stage);
		await stage.app.review.search('sensor');
	},
	pending: async (stage) => {
		await train(stage);
		const { review } = stage.host;
		const asked = (name: string, intent: ErrandIntent) => {
			review.devices = review.devices.map((device) =>
				device.device.name === name
					? { ...device, device: { ...device.device, pending: [errandOf(stage, device, intent)] } }
					: device
			);
		};
		asked('Loading dock scanner', { kind: 'revoke', reason: 'Lost' });
		asked('Build runner 1', { kind: 'rename', name: 'Build runner' });
		await stage.app.review.devices.load();
	},
	more: async (stage) => {
		stage.host.review.pageSize = 3;
		await train(stage);
	},
	'no-match': async (stage) => {
		await train(stage);
		await stage.app.review.search('nothing of this name');
	},
	everywhere: async (stage) => {
		await train(stage);
		await stage.app.review.search('tablet');
	},
	'everywhere-nothing': async (stage) => {
		await train(stage);
		await stage.app.review.search('sensor 4711');
	},
	'group-asked': async (stage) => {
		await train(stage);
		stage.app.review.devices.askForGroup(row(stage, 'Loading dock scanner'));
	},
	none: async (stage) => {
		stage.app.router.open('review');
		await begin(stage);
	},
	'none-searched': async (stage) => {
		stage.app.router.open('review');
		stage.host.review.waiting = sampleFoundWaiting(stage.clock);
		await begin(stage);
		await stage.app.review.search('tablet');
	},
	refused: async (stage) => {
		stage.host.refuse('reviewDevices', {
			code: 'storage_unavailable',
			message: 'The file of devices cannot be written: it is read-only.',
			hint: 'Let your user write the data folder and what is in it, then start Clawpair again.'
		});
		stage.host.refuse('reviewCounts', {
			code: 'storage_unavailable',
			message: 'The file of devices cannot be written: it is read-only.',
			hint: 'Let your user write the data folder and what is in it, then start Clawpair again.'
		});
		await train(stage);
	},
	changes: (stage) => train(stage, 'changes'),
	'changes-expanded': async (stage) => {
		await train(stage, 'changes');
		const { changes } = stage.app.review;
		for (const change of changes.list.rows.slice(1)) await stage.app.review.unfold(change);
	},
	'changes-first': async (stage) => {
		await train(stage, 'changes');
		stage.host.review.reviewedAt = null;
		await stage.app.review.changes.begin();
	},
	'changes-rights': async (stage) => {
		await train(stage, 'changes');
		await stage.app.review.changes.show('rights');
	},
	'changes-rights-node': async (stage) => {
		await train(stage, 'changes');
		const { review } = stage.host;
		const device = review.devices.find((known) => known.device.name === 'Workshop node');
		if (!device) throw new Error('no node');
		const { platform, platform_name } = device;
		const rights = { before: ['node', 'command:system.which'], then: ['node', ...sampleLent] };
		review.changes = [
			{
				number: 45,
				kind: 'rights',
				at: stage.clock.at(-600),
				name: device.device.name,
				platform,
				platform_name,
				device_id: device.device.id,
				device,
				...rights
			}
		];
		await stage.app.review.changes.begin();
		await stage.app.review.changes.show('rights');
		for (const change of stage.app.review.changes.list.rows) await stage.app.review.unfold(change);
	},
	'changes-many': async (stage) => {
		stage.host.review.pageSize = 2;
		await train(stage, 'changes');
	},
	'changes-mark-all-asked': async (stage) => {
		stage.host.review.pageSize = 2;
		await train(stage, 'changes');
		return click('[data-testid="mark-all-reviewed"]');
	},
	'changes-more-came': async (stage) => {
		const { host } = stage;
		await train(stage, 'changes');
		const last = host.review.changes.at(-1);
		if (last) host.review.changes = [...host.review.changes, { ...last, number: 45 }];
		await stage.app.review.changes.look();
	},
	'changes-none': async (stage) => {
		await train(stage, 'changes');
		await stage.app.review.changes.markListed();
	},
	revoked: (stage) => train(stage, 'revoked'),
	'revoked-expanded': async (stage) => {
		await train(stage, 'revoked');
		const { review } = stage.app;
		for (const tombstone of review.tombstones.rows.slice(2)) review.unfoldTombstone(tombstone);
	},
	'revoked-removed': async (stage) => {
		await train(stage, 'revoked');
		const { review } = stage.host;
		review.tombstones = review.tombstones.map((tombstone) =>
			tombstone.number === 4
				? { ...tombstone, platform: 'plat-home', platform_name: 'Home gateway' }
				: tombstone
		);
		await stage.app.review.tombstones.again();
	},
	'revoked-searched': async (stage) => {
		await train(stage, 'revoked');
		await stage.app.review.searchTombstones('tablet');
	},
	'revoked-no-match': async (stage) => {
		await train(stage, 'revoked');
		await stage.app.review.searchTombstones('nobody');
	},
	'revoked-none': async (stage) => {
		stage.app.router.open('review', 'revoked');
		await begin(stage);
	},
	returned: async (stage) => {
		stage.host.outbox.alarms = [sampleAlarm(stage.clock)];
		await train(stage, 'revoked');
	}
};

/** What is told of it on every other page. */
export const reviewElsewhere: Record<string, Scene> = {
	'key-returned': async (stage) => {
		stage.host.add(gatewayView());
		stage.host.outbox.alarms = [sampleAlarm(stage.clock)];
		await begin(stage);
	},
	'keys-returned': async (stage) => {
		stage.host.add(gatewayView());
		const alarm = sampleAlarm(stage.clock);
		stage.host.outbox.alarms = [alarm, { ...alarm, number: alarm.number + 1 }];
		await begin(stage);
	}
};

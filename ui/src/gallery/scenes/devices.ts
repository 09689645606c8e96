import { sampleDevice, sampleRequest } from '../samples';
import { begin, type Scene, type Stage } from '../stage';

function first({ app }: Stage) {
	const [device] = app.devices.visible;
	if (!device) throw new Error('no device');
	return device;
}

async function edited(stage: Stage): Promise<void> {
	await begin(stage);
	const { edit } = stage.app.devices;
	edit.begin(first(stage));
	edit.name = 'Greenhouse sensor, north';
	edit.tags = 'greenhouse, north';
}

async function chosen(stage: Stage): Promise<void> {
	await begin(stage);
	const { selection } = stage.app.devices;
	selection.begin();
	selection.toggleAll();
}

function askFirst({ app }: Stage): void {
	const device = app.devices.visible[0];
	if (device) app.devices.revocation.ask(device);
}

/** The Devices page. */
export const devices: Record<string, Scene> = {
	list: (stage) => begin(stage),
	asked: async (stage) => {
		stage.platform.requests = [sampleRequest(stage.clock)];
		await begin(stage);
	},
	empty: (stage) => {
		stage.platform.devices = [];
		return begin(stage);
	},
	expanded: async (stage) => {
		await begin(stage);
		const device = stage.app.devices.visible[2];
		if (device) stage.app.devices.toggle(device.id);
	},
	joined: async (stage) => {
		await begin(stage);
		const device = sampleDevice(stage.clock, {
			id: 'dev-new',
			name: 'Bedroom light strip with a name that goes on and on until it meets the edge',
			device_type: 'Lamp',
			permissions: ['lights:control'],
			tags: ['upstairs'],
			paired_at: stage.clock.at(0),
			last_seen_at: stage.clock.at(0)
		});
		stage.platform.devices = [device, ...stage.platform.devices];
		stage.platform.emit({ type: 'device', device });
	},
	more: (stage) => {
		stage.platform.pageSize = 3;
		return begin(stage);
	},
	search: async (stage) => {
		stage.platform.pageSize = 4;
		await begin(stage);
		await stage.app.devices.narrow({ words: 'iot', sort: 'name' });
	},
	'no-match': async (stage) => {
		await begin(stage);
		await stage.app.devices.narrow({ words: 'submarine' });
	},
	revoked: async (stage) => {
		await begin(stage);
		await stage.app.devices.narrow({ standing: 'revoked' });
	},
	'disable-asked': async (stage) => {
		await begin(stage);
		const device = stage.app.devices.visible[0];
		if (device) stage.app.devices.disabling.ask(device);
	},
	disabled: async (stage) => {
		await begin(stage);
		const device = stage.app.devices.visible[0];
		if (!device) return;
		stage.app.devices.disabling.ask(device);
		await stage.app.devices.disabling.accept();
		stage.platform.hold('enableDevice');
		void stage.app.devices.enable(device);
	},
	'revoke-asked': async (stage) => {
		await begin(stage);
		askFirst(stage);
	},
	revoking: async (stage) => {
		await begin(stage);
		stage.platform.hold('revokeDevice');
		askFirst(stage);
		void stage.app.devices.revocation.accept();
	},
	'revoke-refused': async (stage) => {
		await begin(stage);
		stage.platform.refuse('revokeDevice', {
			code: 'store_unavailable',
			message: 'The change could not be written: the disk is full.',
			hint: 'Free some space, then revoke it again. The device is not revoked yet.'
		});
		askFirst(stage);
		await stage.app.devices.revocation.accept();
	},
	narrowed: async (stage) => {
		await begin(stage);
		await stage.app.devices.narrow({ permission: 'sensor:read', unseenDays: 1, sort: 'seen' });
	},
	editing: async (stage) => {
		await edited(stage);
		const { may } = stage.app.devices.edit;
		may.grant('lights:control');
		may.withdraw('telemetry:publish');
	},
	'edit-conflict': async (stage) => {
		await edited(stage);
		stage.platform.devices = stage.platform.devices.map((device) =>
			device.id === first(stage).id
				? { ...device, name: 'North bed', tags: ['beds'], revision: device.revision + 1 }
				: device
		);
		await stage.app.devices.edit.save();
	},
	'edit-refused': async (stage) => {
		await edited(stage);
		stage.platform.refuse('editDevice', {
			code: 'storage_unavailable',
			message: 'The change could not be written: the disk is full.',
			hint: 'Free some space, then save it again.'
		});
		await stage.app.devices.edit.save();
	},
	'edit-saving': async (stage) => {
		await edited(stage);
		stage.platform.hold('editDevice');
		void stage.app.devices.edit.save();
	},
	edited: async (stage) => {
		await edited(stage);
		await stage.app.devices.edit.save();
	},
	selecting: chosen,
	'bulk-asked': async (stage) => {
		await chosen(stage);
		stage.app.devices.selection.ask('add_tags');
		stage.app.devices.selection.tags = 'ground floor';
	},
	'bulk-running': async (stage) => {
		await chosen(stage);
		stage.platform.hold('changeDevices');
		const { selection } = stage.app.devices;
		selection.ask('disable');
		void selection.question.accept();
	},
	'bulk-done': async (stage) => {
		await chosen(stage);
		const { selection } = stage.app.devices;
		selection.ask('disable');
		await selection.question.accept();
	},
	'list-refused': (stage) => {
		stage.platform.refuse('listDevices', {
			code: 'store_unavailable',
			message: 'The list of devices could not be read.',
			hint: 'Restart Clawpair. If that does not help, check the disk.'
		});
		return begin(stage);
	}
};

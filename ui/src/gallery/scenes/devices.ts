import { sampleDevice, sampleRequest } from '../samples';
import { begin, type Scene, type Stage } from '../stage';

function askFirst({ app }: Stage): void {
	const device = app.devices.all[0];
	if (device) app.devices.revocation.ask(device);
}

/** The Devices page. */
export const devices: Record<string, Scene> = {
	list: (stage) => begin(stage),
	asked: async (stage) => {
		stage.host.requests = [sampleRequest(stage.clock)];
		await begin(stage);
	},
	empty: (stage) => {
		stage.host.devices = [];
		return begin(stage);
	},
	expanded: async (stage) => {
		await begin(stage);
		const device = stage.app.devices.all[2];
		if (device) stage.app.devices.toggle(device.id);
	},
	joined: async (stage) => {
		await begin(stage);
		stage.host.emit({
			type: 'device',
			device: sampleDevice(stage.clock, {
				id: 'dev-new',
				name: 'Bedroom light strip with a name that goes on and on until it meets the edge',
				device_type: 'Lamp',
				permissions: ['lights:control'],
				paired_at: stage.clock.at(0),
				last_seen_at: stage.clock.at(0)
			})
		});
	},
	more: (stage) => {
		stage.host.pageSize = 3;
		return begin(stage);
	},
	search: async (stage) => {
		stage.host.pageSize = 4;
		await begin(stage);
		stage.app.devices.query = 'llm';
	},
	'no-match': async (stage) => {
		await begin(stage);
		stage.app.devices.query = 'submarine';
	},
	revoked: async (stage) => {
		await begin(stage);
		stage.app.devices.filter = 'revoked';
	},
	'disable-asked': async (stage) => {
		await begin(stage);
		const device = stage.app.devices.all[0];
		if (device) stage.app.devices.disabling.ask(device);
	},
	disabled: async (stage) => {
		await begin(stage);
		const device = stage.app.devices.all[0];
		if (!device) return;
		stage.app.devices.disabling.ask(device);
		await stage.app.devices.disabling.accept();
		stage.host.hold('enableDevice');
		void stage.app.devices.enable(device);
	},
	'revoke-asked': async (stage) => {
		await begin(stage);
		askFirst(stage);
	},
	revoking: async (stage) => {
		await begin(stage);
		stage.host.hold('revokeDevice');
		askFirst(stage);
		void stage.app.devices.revocation.accept();
	},
	'revoke-refused': async (stage) => {
		await begin(stage);
		stage.host.refuse('revokeDevice', {
			code: 'store_unavailable',
			message: 'The change could not be written: the disk is full.',
			hint: 'Free some space, then revoke it again. The device is not revoked yet.'
		});
		askFirst(stage);
		await stage.app.devices.revocation.accept();
	},
	'list-refused': (stage) => {
		stage.host.refuse('listDevices', {
			code: 'store_unavailable',
			message: 'The list of devices could not be read.',
			hint: 'Restart Clawpair. If that does not help, check the disk.'
		});
		return begin(stage);
	}
};

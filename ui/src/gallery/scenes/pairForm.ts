import { samplePairing } from '../samples';
import { begin, click, type Scene, type Stage } from '../stage';

function fill({ app }: Stage): void {
	app.pairing.form.name = 'Greenhouse sensor';
	app.pairing.form.deviceType = 'IoT.Sensor.Temperature';
}

const PORT_TAKEN = {
	code: 'port_taken',
	message: 'Nearby devices could not start: another program uses port 21327.',
	hint: 'Close the other program, or restart Clawpair to try again.'
};

/** The Pair page before there is a code. */
export const pairForm: Record<string, Scene> = {
	first: (stage) => begin(stage, { nearby: null }),
	filled: async (stage) => {
		await begin(stage);
		fill(stage);
		stage.app.pairing.form.grant('telemetry:publish');
		stage.app.pairing.form.grant('valve:open');
	},
	'preset-replaced': async (stage) => {
		await begin(stage);
		fill(stage);
		const { form } = stage.app.pairing;
		form.grant('valve:open');
		const preset = stage.host.data.presets[2];
		if (preset) form.usePreset(preset.permissions, stage.host.data.presets);
	},
	'typed-off': async (stage) => {
		await begin(stage);
		fill(stage);
		stage.app.pairing.form.typed = false;
	},
	types: async (stage) => {
		await begin(stage);
		fill(stage);
		stage.app.pairing.form.deviceType = '';
		return click('.combobox-trigger');
	},
	faults: async (stage) => {
		await begin(stage);
		stage.app.pairing.form.withdraw('sensor:read');
		stage.app.pairing.form.check();
	},
	'permission-fault': async (stage) => {
		await begin(stage);
		fill(stage);
		stage.app.pairing.form.editDraft('Valve:open');
		stage.app.pairing.form.addDraft();
	},
	addresses: async (stage) => {
		await begin(stage);
		fill(stage);
		return click('.disclosure');
	},
	silent: async (stage) => {
		const addresses = stage.host.data.addresses.map((choice) => ({
			...choice,
			answers: choice.kind === 'loopback'
		}));
		await begin(stage, { addresses });
		fill(stage);
	},
	'nearby-off': async (stage) => {
		await begin(stage, { nearby: false });
		fill(stage);
	},
	problem: (stage) =>
		begin(stage, {
			nearby: false,
			problems: [PORT_TAKEN]
		}),
	problems: (stage) =>
		begin(stage, {
			nearby: false,
			problems: [
				{
					code: 'storage_unavailable',
					message:
						'The file of devices was damaged and is set aside as /home/you/.local/share/clawpair/mirror.db.damaged-1773484200-0.',
					hint: 'Look under Changes under way whether what you asked for is still there.'
				},
				PORT_TAKEN
			]
		}),
	creating: async (stage) => {
		await begin(stage);
		fill(stage);
		stage.platform.hold('createPairing');
		void stage.app.pairing.create();
	},
	refused: async (stage) => {
		await begin(stage);
		fill(stage);
		stage.platform.refuse('createPairing', {
			code: 'rate_limited',
			message: 'Too many codes were made in the last minute.',
			hint: 'Wait 40 seconds and try again.'
		});
		await stage.app.pairing.create();
	},
	'open-codes': async (stage) => {
		const { clock, platform } = stage;
		platform.pairings = [
			samplePairing(clock),
			samplePairing(clock, {
				id: 'pairing-b',
				name: 'Loading dock scanner',
				device_type: 'Service.Integration',
				permissions: ['events:subscribe'],
				created_at: clock.at(-600),
				expires_at: clock.at(50_000),
				typed_entry: 'burnt'
			})
		];
		await begin(stage);
	}
};

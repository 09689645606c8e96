import { sampleDevice, sampleRequest } from '../samples';
import { begin, click, type Scene, type Stage } from '../stage';

async function show(stage: Stage): Promise<void> {
	await begin(stage);
	const { form } = stage.app.pairing;
	form.name = 'Greenhouse sensor';
	form.deviceType = 'IoT.Sensor.Temperature';
	form.grant('telemetry:publish');
	await stage.app.pairing.create();
	later(stage, 18);
}

/** Time passes while someone is there. */
function later({ app, clock }: Stage, seconds: number): void {
	for (let second = 0; second < seconds; second += 1) {
		app.interest();
		clock.advance(1000);
	}
}

/** A device has used the code, and waits. */
function ask({ app, clock, platform }: Stage): void {
	const pairing = app.pairing.current;
	if (!pairing) return;
	const request = sampleRequest(clock, {
		id: pairing.id,
		name: pairing.name,
		device_type: pairing.device_type,
		permissions: pairing.permissions
	});
	platform.requests = [request];
	platform.emit({ type: 'pairing', pairing: { ...pairing, status: 'waiting' } });
	platform.emit({ type: 'request', request });
}

const typing = click('.disclosure');

/** The Pair page with a code on it, alive or dead. */
export const pairResult: Record<string, Scene> = {
	open: show,
	typed: async (stage) => {
		await show(stage);
		return typing;
	},
	copied: async (stage) => {
		await show(stage);
		await stage.app.pairing.copy('code');
		later(stage, 2);
	},
	'last-minute': async (stage) => {
		await show(stage);
		later(stage, 540);
	},
	'guess-failed': async (stage) => {
		await show(stage);
		stage.platform.emit({ type: 'guess_failed', pairing_id: 'pairing-1', attempts_left: 3 });
	},
	burnt: async (stage) => {
		await show(stage);
		const pairing = stage.app.pairing.current;
		if (pairing)
			stage.platform.emit({ type: 'pairing', pairing: { ...pairing, typed_entry: 'burnt' } });
	},
	'hiding-soon': async (stage) => {
		await show(stage);
		stage.clock.advance(48_000);
	},
	enlarged: async (stage) => {
		await show(stage);
		stage.app.pairing.enlarged = true;
	},
	completed: async (stage) => {
		await show(stage);
		const pairing = stage.app.pairing.current;
		if (!pairing) return;
		stage.platform.emit({
			type: 'pairing',
			pairing: { ...pairing, status: 'completed', ended_at: stage.clock.at(0) }
		});
		stage.platform.emit({
			type: 'device',
			device: sampleDevice(stage.clock, { id: pairing.device_id, paired_at: stage.clock.at(0) })
		});
	},
	waiting: async (stage) => {
		await show(stage);
		ask(stage);
	},
	approved: async (stage) => {
		await show(stage);
		ask(stage);
		const [request] = stage.app.requests.all;
		if (request) await stage.app.requests.approve(request);
	},
	expired: async (stage) => {
		await show(stage);
		later(stage, 600);
	},
	cancelled: async (stage) => {
		await show(stage);
		stage.app.pairing.askCancel();
		await stage.app.codes.cancellation.accept();
	},
	hidden: async (stage) => {
		await show(stage);
		stage.clock.advance(61_000);
	},
	'cancel-asked': async (stage) => {
		await show(stage);
		stage.app.pairing.askCancel();
	},
	'cancel-refused': async (stage) => {
		await show(stage);
		stage.platform.refuse('cancelPairing', {
			code: 'already_ended',
			message: 'This code has just been used.',
			hint: 'Look at the device on the Devices page; you can revoke it there.'
		});
		stage.app.pairing.askCancel();
		await stage.app.codes.cancellation.accept();
	}
};

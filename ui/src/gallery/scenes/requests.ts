import { sampleRequest } from '../samples';
import { begin, type Scene, type Stage } from '../stage';

async function asked(stage: Stage): Promise<void> {
	stage.platform.requests = [sampleRequest(stage.clock)];
	await begin(stage);
}

const request = ({ app }: Stage) => {
	const [first] = app.requests.all;
	if (!first) throw new Error('nobody asks');
	return first;
};

/** The Requests page. */
export const requests: Record<string, Scene> = {
	empty: (stage) => begin(stage),
	waiting: asked,
	two: async (stage) => {
		stage.platform.requests = [
			sampleRequest(stage.clock, { expires_at: stage.clock.at(22) }),
			sampleRequest(stage.clock, {
				id: 'pairing-s',
				name: 'A night build runner with a name that goes on and on until it meets the edge',
				device_type: 'Service.Worker.Compute',
				permissions: ['compute:execute', 'data:read', 'valve:open'],
				comparison: '017 355',
				said_name: null,
				said_device_type: null,
				said_platform: null,
				said_version: null,
				address: null,
				asked_at: stage.clock.at(-3)
			})
		];
		await begin(stage);
	},
	'other-keys': async (stage) => {
		await asked(stage);
		stage.platform.emit({
			type: 'request',
			request: sampleRequest(stage.clock, { other_keys: 2 })
		});
		stage.app.requests.lookedAgain('pairing-r');
	},
	changed: async (stage) => {
		await asked(stage);
		stage.platform.emit({
			type: 'request',
			request: sampleRequest(stage.clock, { public_key: 'another', comparison: '900 411' })
		});
	},
	deciding: async (stage) => {
		await asked(stage);
		stage.platform.hold('approveRequest');
		void stage.app.requests.approve(request(stage));
	},
	approved: async (stage) => {
		await asked(stage);
		await stage.app.requests.approve(request(stage));
	},
	completed: async (stage) => {
		await asked(stage);
		stage.platform.emit({
			type: 'request',
			request: sampleRequest(stage.clock, { status: 'completed' })
		});
	},
	denied: async (stage) => {
		await asked(stage);
		await stage.app.requests.deny(request(stage));
	},
	expired: async (stage) => {
		await asked(stage);
		stage.clock.advance(300_000);
	},
	refused: async (stage) => {
		await asked(stage);
		stage.platform.refuse('approveRequest', {
			code: 'storage_unavailable',
			message: 'The decision could not be written: the disk is full.',
			hint: 'Free some space, then decide again.'
		});
		await stage.app.requests.approve(request(stage));
	}
};

import { expect, test } from 'vitest';
import { samplePairing, sampleRequest } from '../../src/gallery/samples';
import { stage, type Stage } from '../../src/gallery/stage';

async function asked(): Promise<Stage> {
	const set = stage('#/requests');
	set.platform.requests = [sampleRequest(set.clock)];
	await set.app.start();
	return set;
}

const first = ({ app }: Stage) => {
	const [request] = app.requests.all;
	if (!request) throw new Error('nobody asks');
	return request;
};

test('approving counts for the key and the permissions that were shown', async () => {
	const set = await asked();
	const { id, public_key, permissions } = first(set);
	await set.app.requests.approve(first(set));
	expect(set.platform.called('approveRequest')).toEqual([[id, { public_key, permissions }]]);
	expect(first(set).status).toBe('approved');
	expect(set.app.requests.waiting).toEqual([]);
});

test('a request that changed is not approved before the person has looked again', async () => {
	const set = await asked();
	const { app, platform, clock } = set;
	platform.emit({ type: 'request', request: sampleRequest(clock, { public_key: 'another' }) });
	await app.requests.approve(first(set));
	expect(platform.called('approveRequest')).toEqual([]);
	app.requests.lookedAgain('pairing-r');
	await app.requests.approve(first(set));
	expect(platform.called('approveRequest')[0]?.[1]).toMatchObject({ public_key: 'another' });
});

test('a request whose change was missed is shown as changed, and read again', async () => {
	const set = await asked();
	const { app, platform, clock } = set;
	platform.requests = [sampleRequest(clock, { public_key: 'another' })];
	platform.refuse('approveRequest', { code: 'request_changed', message: 'Changed.', hint: null });
	await app.requests.approve(first(set));
	expect(app.requests.isChanged('pairing-r')).toBe(true);
	expect(first(set).public_key).toBe('another');
});

test('nobody decides twice at once', async () => {
	const set = await asked();
	const release = set.platform.hold('approveRequest');
	const approving = set.app.requests.approve(first(set));
	await set.app.requests.deny(first(set));
	release();
	await approving;
	expect(set.platform.called('denyRequest')).toEqual([]);
});

test('a request expires by the clock, and an older report changes nothing', async () => {
	const set = await asked();
	set.clock.advance(288_000);
	expect(first(set).status).toBe('expired');
	await set.app.requests.deny(first(set));
	set.platform.emit({ type: 'request', request: sampleRequest(set.clock) });
	set.app.requests.leave();
	expect(set.app.requests.all).toEqual([]);
});

test('who asks is announced, once', async () => {
	const set = await asked();
	const said: string[] = [];
	set.app.requests.onAsked = ({ name }) => said.push(name);
	const request = sampleRequest(set.clock, { id: 'pairing-s', name: 'Porch' });
	set.platform.emit({ type: 'request', request });
	set.platform.emit({ type: 'request', request });
	expect(said).toEqual(['Porch']);
	expect(set.app.requests.waiting).toHaveLength(2);
});

test('what ended before the window heard of it is no card', async () => {
	const { app, platform, clock } = await asked();
	platform.emit({
		type: 'request',
		request: sampleRequest(clock, { id: 'old', status: 'denied' })
	});
	expect(app.requests.find('old')).toBeUndefined();
});

test('a request is over once its pairing is', async () => {
	const set = await asked();
	const { app, platform, clock } = set;
	await app.requests.approve(first(set));
	const pairing = samplePairing(clock, { id: 'pairing-r', status: 'completed' });
	platform.emit({ type: 'pairing', pairing });
	expect(first(set).status).toBe('completed');
	platform.emit({ type: 'pairing', pairing: { ...pairing, status: 'approved' } });
	clock.advance(300_000);
	expect(first(set).status).toBe('completed');
});

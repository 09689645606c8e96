import { expect, test } from 'vitest';
import type { PlatformRequest } from '$lib/bindings/PlatformRequest';
import { gatewayRequest } from '../../src/gallery/sampleGateway';
import { gatewayView } from '../../src/gallery/samplePlatforms';
import { stage, type Stage } from '../../src/gallery/stage';
import { settle } from './stage';

type AtGateway = Stage & { gateway: ReturnType<Stage['host']['on']> };

async function asked(): Promise<AtGateway> {
	const set = stage('#/requests');
	const gateway = set.host.add(gatewayView());
	gateway.requests = [gatewayRequest(set.clock)];
	await set.app.start();
	await set.app.choose('plat-home');
	return { ...set, gateway };
}

/** What the gateway lists now; it only says that something has changed. */
async function now({ gateway }: AtGateway, ...requests: PlatformRequest[]): Promise<void> {
	gateway.requests = requests;
	gateway.emit({ type: 'resync' });
	await settle();
}

const first = ({ app }: AtGateway): PlatformRequest => {
	const [request] = app.requests.all;
	if (!request) throw new Error('nobody asks');
	return request;
};

test('refusing counts for the key and the rights that were shown', async () => {
	const set = await asked();
	const { id, public_key, permissions } = first(set);
	await set.app.requests.deny(first(set));
	expect(set.gateway.called('denyRequest')).toEqual([[id, { public_key, permissions }]]);
});

test('a device that asks again and again is one card, and no change', async () => {
	const set = await asked();
	await now(set, gatewayRequest(set.clock, { asked_at: set.clock.at(0) }));
	expect(set.app.requests.all).toHaveLength(1);
	expect(set.app.requests.isChanged(first(set).id)).toBe(false);
});

test('a device that suddenly asks for more is not let in before somebody has read it again', async () => {
	const set = await asked();
	await now(set, gatewayRequest(set.clock, {}, { added: ['operator.admin'], adds_control: true }));
	expect(set.app.requests.isChanged(first(set).id)).toBe(true);
	await set.app.requests.approve(first(set));
	expect(set.gateway.called('approveRequest')).toEqual([]);
	set.app.requests.lookedAgain(first(set).id);
	await set.app.requests.approve(first(set));
	expect(set.gateway.called('approveRequest')).toHaveLength(1);
});

test('what the gateway no longer lists does not wait any more', async () => {
	const set = await asked();
	await now(set);
	expect(set.app.requests.waiting).toEqual([]);
	expect(first(set).status).toBe('cancelled');
});

test('a request that is gone at the click is read again', async () => {
	const set = await asked();
	set.gateway.requests = [];
	set.gateway.refuse('approveRequest', { code: 'request_gone', message: 'Gone.', hint: null });
	await set.app.requests.approve(first(set));
	await settle();
	expect(set.app.requests.waiting).toEqual([]);
});

test('a device that was refused and asks anew waits again, and is announced', async () => {
	const set = await asked();
	await set.app.requests.deny(first(set));
	expect(set.app.requests.waiting).toEqual([]);
	await now(set, gatewayRequest(set.clock, { asked_at: set.clock.at(5) }));
	expect(set.app.requests.waiting).toHaveLength(1);
	expect(set.app.announcer.slots.join('')).toBe('A device asks to join as Kitchen tablet.');
});

test('an older list does not open again what was decided', async () => {
	const set = await asked();
	await set.app.requests.deny(first(set));
	await now(set, gatewayRequest(set.clock));
	expect(set.app.requests.waiting).toEqual([]);
});

test('a request whose time was over before the gateway dropped it has expired, and nobody else decided', async () => {
	const set = await asked();
	set.clock.advance(3_600_000);
	expect(first(set).status).toBe('expired');
	await now(set);
	expect(first(set).status).toBe('expired');
});

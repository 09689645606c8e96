import { expect, test } from 'vitest';
import { sampleErrand, sampleErrands } from '../../src/gallery/sampleOutbox';
import { gatewayView, serverView } from '../../src/gallery/samplePlatforms';
import { stage, type Stage } from '../../src/gallery/stage';
import { settle } from './stage';

async function opened(change: (set: Stage) => void = () => undefined): Promise<Stage> {
	const set = stage('#/outbox');
	set.host.outbox.all = sampleErrands(set.clock);
	set.host.add(gatewayView());
	set.host.add(serverView());
	change(set);
	await set.app.start();
	return set;
}

const ids = (errands: { id: number }[]) => errands.map(({ id }) => id);
const said = ({ app }: Stage) => app.announcer.slots.join('');

test('what is to be decided stands apart from revocations, and those from what only waits', async () => {
	const { app } = await opened();
	expect(ids(app.outbox.conflicts)).toEqual([3, 4]);
	expect(ids(app.outbox.revocations)).toEqual([5, 6, 7]);
	expect(ids(app.outbox.others)).toEqual([8, 9]);
	expect(app.outbox.summary).toMatchObject({ not_yet_revoked: 4, conflicts: 2, waiting: 5 });
});

test('the list is read on, and read again as far as it was read', async () => {
	const set = await opened(({ host }) => (host.outbox.pageSize = 3));
	const { app, host } = set;
	expect(app.outbox.next).toBe(5);
	await app.outbox.showMore();
	expect([...ids(app.outbox.revocations), ...ids(app.outbox.others)]).toEqual([5, 6, 7, 8]);
	host.outbox.tell();
	await settle();
	expect(host.called('listOutbox')).toEqual([[0], [5], [0], [5]]);
});

test('a revocation that is verified while somebody looks is said and stays to be seen for a while', async () => {
	const set = await opened();
	const { app, host, clock } = set;
	host.outbox.verify(7);
	await settle();
	expect(ids(app.outbox.revocations)).toEqual([5, 6, 7]);
	expect(ids(app.outbox.ended)).toEqual([7]);
	expect(said(set)).toMatch(/^Revoke Old laptop\. Not listed any more: verified/);
	clock.advance(61_000);
	expect(app.outbox.ended).toEqual([]);
	expect(ids(app.outbox.revocations)).toEqual([5, 6]);
});

test('at a server a verified revocation is final, at a gateway no more than seen', async () => {
	const set = await opened();
	set.host.outbox.verify(5);
	await settle();
	expect(said(set)).toMatch(/^Revoke Greenhouse sensor\. Revoked: verified/);
});

test('elsewhere only revocations are said to have ended', async () => {
	const set = await opened();
	set.app.router.open('devices');
	set.host.outbox.verify(9);
	await settle();
	expect(said(set)).toBe('');
	set.host.outbox.verify(7);
	await settle();
	expect(said(set)).toMatch(/^Revoke Old laptop/);
	expect(set.app.outbox.ended).toEqual([]);
});

test('what was not sent in time is said wherever one is, and stands there until somebody has looked', async () => {
	const set = await opened();
	const { app, host, clock } = set;
	app.router.open('devices');
	host.outbox.change(8, { state: { kind: 'expired' }, ended_at: clock.at(0) });
	await settle();
	expect(said(set)).toMatch(/Not sent in time: expired/);
	clock.advance(3_600_000);
	app.router.open('outbox');
	expect(ids(app.outbox.ended)).toEqual([8]);
	app.router.open('devices');
	expect(app.outbox.ended).toEqual([]);
});

test('what fails is said to be for a person to decide', async () => {
	const set = await opened();
	set.host.outbox.change(5, {
		state: { kind: 'failed', fault: 'gone', sentence: 'Gone.', choices: ['leave'], why: null }
	});
	await settle();
	expect(ids(set.app.outbox.conflicts)).toEqual([3, 4, 5]);
	expect(said(set)).toBe('For you to decide: Revoke Greenhouse sensor');
});

test('taking back a revocation is asked first, since its device stays let in', async () => {
	const { app, host } = await opened();
	await app.outbox.withdraw(host.outbox.find(5));
	expect(host.called('withdrawErrand')).toEqual([]);
	await app.outbox.withdrawal.accept();
	expect(host.called('withdrawErrand')).toEqual([[5]]);
	expect(app.outbox.revocations[0]?.state.kind).toBe('withdrawn');
});

test('anything else is taken back at once', async () => {
	const { app, host } = await opened();
	await app.outbox.withdraw(host.outbox.find(8));
	expect(host.called('withdrawErrand')).toEqual([[8]]);
	expect(ids(app.outbox.ended)).toEqual([8]);
});

test('a refusal is taken back at once, unless something has ended for it', async () => {
	const { app, host } = await opened(({ host, clock }) => {
		const intent = { kind: 'deny' as const, reason: null };
		host.outbox.all = [
			sampleErrand(clock, { id: 1, subject: 'pair-1', intent }),
			sampleErrand(clock, { id: 2, subject: 'pair-2', intent, overtook: [{ kind: 'enable' }] })
		];
	});
	await app.outbox.withdraw(host.outbox.find(1));
	await app.outbox.withdraw(host.outbox.find(2));
	expect(host.called('withdrawErrand')).toEqual([[1]]);
	expect(app.outbox.withdrawal.about?.id).toBe(2);
});

test('what went out meanwhile cannot be taken back, and says so where it stands', async () => {
	const { app, host } = await opened();
	const seen = host.outbox.find(8);
	host.outbox.change(8, { can_withdraw: false, attempts: 1, state: { kind: 'sent' } });
	await app.outbox.withdraw(seen);
	expect(app.outbox.errorOf(8)?.code).toBe('changed_meanwhile');
	expect(app.outbox.others.find(({ id }) => id === 8)?.can_withdraw).toBe(false);
});

test('a choice is made at once unless somebody stays let in or is shut out by it', async () => {
	const { app, host } = await opened();
	await app.outbox.choose(host.outbox.find(4), 'overwrite');
	expect(host.called('chooseErrand')).toEqual([[4, 'overwrite']]);
	await app.outbox.choose(host.outbox.find(3), 'leave');
	expect(host.called('chooseErrand')).toHaveLength(1);
	await app.outbox.choice.accept();
	expect(host.called('chooseErrand')[1]).toEqual([3, 'leave']);
	expect(app.outbox.conflicts).toEqual([]);
});

test('what a choice led to is not said to have been taken back', async () => {
	const set = await opened();
	await set.app.outbox.choose(set.host.outbox.find(4), 'overwrite');
	await settle();
	expect(set.app.outbox.ended).toEqual([]);
	expect(said(set)).toBe('');
});

test('an errand waits for what was asked of the same thing before', async () => {
	const { app, host } = await opened(({ host, clock }) => {
		host.outbox.all = [
			sampleErrand(clock, { id: 1, intent: { kind: 'enable' } }),
			sampleErrand(clock, { id: 2, subject: 'other' }),
			sampleErrand(clock, { id: 3 })
		];
	});
	expect(app.outbox.before(host.outbox.find(3))?.id).toBe(1);
	expect(app.outbox.before(host.outbox.find(2))).toBeUndefined();
});

test('a list that cannot be read says why, and is read when something is told again', async () => {
	const { app, host } = await opened(({ host }) =>
		host.refuse('listOutbox', { code: 'storage_unavailable', message: 'Full.', hint: null })
	);
	expect(app.outbox.error?.message).toBe('Full.');
	expect(app.outbox.loaded).toBe(false);
	host.allow('listOutbox');
	host.outbox.tell();
	await settle();
	expect(app.outbox.error).toBeNull();
	expect(app.outbox.loaded).toBe(true);
});

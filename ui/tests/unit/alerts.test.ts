import { expect, test } from 'vitest';
import { sampleAlert, sampleAlerts } from '../../src/gallery/sampleAlerts';
import { stage, type Stage } from '../../src/gallery/stage';

async function opened(change: (set: Stage) => void = () => undefined): Promise<Stage> {
	const set = stage('#/alerts');
	set.platform.alerts = sampleAlerts(set.clock);
	change(set);
	await set.app.start();
	return set;
}

function rule({ app }: Stage, id: string) {
	const found = app.alerts.rules.all.find((rule) => rule.id === id);
	if (!found) throw new Error(`no rule ${id}`);
	return found;
}

const ids = (alerts: { id: string }[]) => alerts.map(({ id }) => id);

test('open alerts are apart from those that somebody has looked at, newest first', async () => {
	const { app } = await opened();
	expect(ids(app.alerts.open)).toEqual(['alert-0009', 'alert-0008', 'alert-0007']);
	expect(ids(app.alerts.acknowledged)).toEqual(['alert-0003', 'alert-0002']);
});

test('each list is read on by itself', async () => {
	const { app, platform } = await opened(({ platform }) => (platform.pageSize = 2));
	expect(app.alerts.open).toHaveLength(2);
	const { open, acknowledged } = app.alerts.lists;
	expect([open.next, acknowledged.next]).toEqual(['alert-0008', null]);
	await open.showMore();
	expect(platform.called('listAlerts').at(-1)).toEqual(['open', 'alert-0008']);
	expect(app.alerts.open).toHaveLength(3);
	expect(open.next).toBeNull();
});

test('a new alert is heard, counted and announced', async () => {
	const { app, platform, clock } = await opened();
	platform.emit({ type: 'alert', alert: sampleAlert(clock, { id: 'alert-0010' }) });
	expect(ids(app.alerts.open)[0]).toBe('alert-0010');
	expect(app.announcer.slots).toContain('A new alert: Shut-out device knocking.');
});

test('an older report neither lowers the count nor opens an alert again', async () => {
	const { app, platform, clock } = await opened();
	platform.emit({ type: 'alert', alert: sampleAlert(clock, { count: 7 }) });
	platform.emit({ type: 'alert', alert: sampleAlert(clock, { count: 4 }) });
	expect(app.alerts.open[0]?.count).toBe(7);
	platform.emit({ type: 'alert', alert: sampleAlert(clock, { id: 'alert-0003' }) });
	expect(ids(app.alerts.open)).not.toContain('alert-0003');
});

test('acknowledging sends the note, and nothing when nothing was said', async () => {
	const { app, platform } = await opened();
	const [first, second] = app.alerts.open;
	if (!first || !second) throw new Error('no alerts');
	app.alerts.askToAcknowledge(first);
	app.alerts.note = ' It was the test device. ';
	await app.alerts.acknowledging.accept();
	app.alerts.askToAcknowledge(second);
	expect(app.alerts.note).toBe('');
	await app.alerts.acknowledging.accept();
	expect(platform.called('acknowledgeAlert')).toEqual([
		['alert-0009', { note: 'It was the test device.' }],
		['alert-0008', { note: null }]
	]);
	expect(ids(app.alerts.open)).toEqual(['alert-0007']);
});

test('a refused acknowledgement leaves the alert open and says why', async () => {
	const { app, platform } = await opened();
	const [first] = app.alerts.open;
	if (!first) throw new Error('no alert');
	platform.refuse('acknowledgeAlert', {
		code: 'storage_unavailable',
		message: 'Full.',
		hint: null
	});
	app.alerts.askToAcknowledge(first);
	await app.alerts.acknowledging.accept();
	expect(app.alerts.acknowledging.error?.message).toBe('Full.');
	expect(app.alerts.open).toHaveLength(3);
});

test('a device that an alert names is looked up once, if it is not known', async () => {
	const { platform } = await opened(({ platform }) => (platform.pageSize = 4));
	expect(platform.called('showDevice')).toEqual([['dev-0198f3a2-7c11-7e53-9f0a-4b6d2c8e1f35']]);
});

test('a number is written only when it is whole and within its bounds', async () => {
	const set = await opened();
	const { rules } = set.app.alerts;
	for (const unfit of ['0', '1441', '5.5', '-1', '', 'ten']) {
		rules.type(rule(set, 'revoked_device_knocking'), 'minutes', unfit);
		expect(rules.isFit(rule(set, 'revoked_device_knocking'), 'minutes')).toBe(false);
		await rules.save(rule(set, 'revoked_device_knocking'));
	}
	expect(set.platform.called('setAlertRule')).toEqual([]);
	rules.type(rule(set, 'revoked_device_knocking'), 'minutes', '30');
	await rules.save(rule(set, 'revoked_device_knocking'));
	expect(set.platform.called('setAlertRule')).toEqual([
		[
			'revoked_device_knocking',
			{ enabled: true, action: 'alert', parameters: { minutes: 30, knocks: 3 } }
		]
	]);
	expect(rules.isEdited(rule(set, 'revoked_device_knocking'))).toBe(false);
});

test('a rule goes back to its default as a whole', async () => {
	const set = await opened();
	const { rules } = set.app.alerts;
	set.platform.rules = set.platform.rules.map((known) =>
		known.id === 'unknown_address'
			? { ...known, enabled: false, action: 'quarantine', parameters: { days_of_history: 30 } }
			: known
	);
	await rules.load();
	await rules.reset(rule(set, 'unknown_address'));
	expect(set.platform.called('setAlertRule')).toEqual([
		['unknown_address', { enabled: true, action: 'alert', parameters: {} }]
	]);
	expect(rule(set, 'unknown_address')).toMatchObject({
		enabled: true,
		action: 'alert',
		parameters: { days_of_history: 7 }
	});
});

test('a refusal of one rule stands with that rule', async () => {
	const set = await opened();
	set.platform.refuse('setAlertRule', { code: 'access_denied', message: 'No.', hint: null });
	const known = rule(set, 'unusual_hour');
	await set.app.alerts.rules.setEnabled(known, false);
	expect(set.app.alerts.rules.errorOf(known)?.message).toBe('No.');
	expect(rule(set, 'unusual_hour').enabled).toBe(true);
});

import { render, screen, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import Window from '../../src/App.svelte';
import type { PlatformView } from '$lib/bindings/PlatformView';
import { isKnownNow, lastSeen } from '$lib/format/presence';
import { clockTime, dateTime } from '$lib/format/time';
import { serverView } from '../../src/gallery/samplePlatforms';
import { fillReview } from '../../src/gallery/sampleReview';
import { sampleDevice } from '../../src/gallery/samples';
import { stage, type Stage } from '../../src/gallery/stage';
import { drawsNothing } from './drawsNothing';

drawsNothing();

const MINUTE = 60;

/** The window with a server that was heard a quarter of an hour ago and is away, and two devices of it. */
async function open(hash: string, changes: Partial<PlatformView> = {}): Promise<Stage> {
	const set = stage(hash);
	const { clock, host } = set;
	const at = { state: { kind: 'connecting' as const }, as_of: clock.at(-15 * MINUTE) };
	const hall = { id: 'hall', name: 'Hall', connected: true, last_seen_at: clock.at(-5 * 3600) };
	const yard = { id: 'yard', name: 'Yard', connected: false, last_seen_at: clock.at(-7 * 3600) };
	host.add(serverView({ ...at, ...changes })).devices = [
		sampleDevice(clock, hall),
		sampleDevice(clock, yard)
	];
	fillReview(host.review, clock);
	host.review.devices = host.review.devices.slice(-2).map((device, index) => ({
		...device,
		device: { ...device.device, ...(index === 0 ? hall : yard) }
	}));
	await set.app.start();
	await set.app.choose('plat-works');
	render(Window, { app: set.app });
	return set;
}

const row = (list: string, name: string) => {
	const found = screen.getAllByTestId(list).find((one) => within(one).queryByText(name));
	if (!found) throw new Error(`no ${name}`);
	return within(found);
};

test.each([
	['#/devices', 'device-row'],
	['#/review', 'review-row']
])('at %s nobody is said to be connected or not while the platform is away', async (hash, list) => {
	const { app, clock } = await open(hash);
	const heard = clock.at(-15 * MINUTE);
	expect(row(list, 'Hall').getByText(`Was connected, ${clockTime(heard)}`)).toBeVisible();
	expect(row(list, 'Hall').queryByText(/last seen/)).toBeNull();
	expect(row(list, 'Yard').queryByText('Offline')).toBeNull();
	expect(row(list, 'Yard').getByText('last seen 7 h ago')).toBeVisible();
	app.devices.toggle('hall');
	const [hall] = app.review.devices.list.rows;
	if (hall) await app.review.devices.toggle(hall);
	expect(await row(list, 'Hall').findByText(dateTime(heard))).toBeVisible();
});

test('who is connected is said once the platform is back', async () => {
	await open('#/review', { state: { kind: 'connected', version: null } });
	expect(row('review-row', 'Hall').getByText('Connected')).toBeVisible();
	expect(row('review-row', 'Yard').getByText('Offline')).toBeVisible();
});

test('nothing is offered for devices that the platform did not allow when it was last heard', async () => {
	await open('#/devices', { capabilities: ['rename_devices', 'alerts'] });
	const hall = row('device-row', 'Hall');
	expect(hall.getByTestId('device-rename')).toBeVisible();
	expect(hall.queryByTestId('device-revoke')).toBeNull();
	expect(hall.queryByTestId('device-disable')).toBeNull();
	expect(screen.queryByTestId('select')).toBeNull();
	expect(screen.queryByTestId('nav-keys')).toBeNull();
});

test('why a page of a platform that is away has nothing is told as it was when that was last heard', async () => {
	await open('#/keys', { capabilities: ['alerts'] });
	const why =
		'Works server is not connected. When it was last heard, this app was not allowed to do this there.';
	expect(screen.getByText(why)).toBeVisible();
});

test('rules of a server that is away are not kept, and that is said', async () => {
	await open('#/alerts');
	await userEvent.click(screen.getByRole('radio', { name: 'Rules' }));
	expect(screen.getByText('Works server is not connected')).toBeVisible();
});

test('a device that was connected when its platform was last heard was seen then', () => {
	const [early, late] = ['2026-03-14T09:00:00Z', '2026-03-14T10:00:00Z'];
	const view = serverView({ state: { kind: 'connecting' }, as_of: late });
	const seen = (connected: boolean, at: string | null, platform: PlatformView | undefined = view) =>
		lastSeen({ connected, last_seen_at: at }, platform);
	expect([seen(true, early), seen(true, null), seen(false, early)]).toEqual([late, late, early]);
	expect(seen(true, late, { ...view, as_of: early })).toBe(late);
	expect(seen(true, early, serverView({ as_of: late }))).toBe(early);
	expect(seen(true, early, { ...view, as_of: null })).toBe(early);
	expect([isKnownNow(view), isKnownNow(serverView()), isKnownNow(undefined)]).toEqual([
		false,
		true,
		false
	]);
});

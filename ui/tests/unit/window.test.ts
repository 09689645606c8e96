import { render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, test, vi } from 'vitest';
import Window from '../../src/App.svelte';
import { m } from '$lib/paraglide/messages';
import { gatewayDevice } from '../../src/gallery/sampleGateway';
import { sampleErrand } from '../../src/gallery/sampleOutbox';
import { CROWDED, gatewayView } from '../../src/gallery/samplePlatforms';
import { sampleFoundWaiting } from '../../src/gallery/sampleReview';
import type { Stage } from '../../src/gallery/stage';
import { drawsNothing } from './drawsNothing';
import { started } from './stage';

drawsNothing();
afterEach(() => vi.restoreAllMocks());

async function open(hash: string): Promise<Stage> {
	const set = await started({ nearby: null }, hash);
	render(Window, { app: set.app });
	return set;
}

async function makeCode(): Promise<Stage> {
	const set = await open('#/pair');
	await userEvent.type(screen.getByTestId('pair-name'), 'Cellar hub');
	await userEvent.type(screen.getByTestId('pair-type'), 'Home.Made');
	await userEvent.click(screen.getByTestId('pair-submit'));
	await screen.findByTestId('pair-code');
	return set;
}

test('a person types a name and a type of their own and gets code and QR', async () => {
	const { host, platform } = await makeCode();
	expect(screen.getByTestId('pair-code').textContent.replace(/\s/g, '')).toBe('OCL-J4K2T8P7N1R3');
	expect(screen.getByTestId('pair-status')).toHaveAttribute('data-status', 'open');
	expect(screen.getByTestId('pair-qr').querySelector('path')).not.toBeNull();
	expect(host.called('setNearby')).toEqual([[true]]);
	expect(platform.called('createPairing')[0]?.[0]).toMatchObject({
		name: 'Cellar hub',
		device_type: 'Home.Made'
	});
});

test('an empty form says what is missing and puts the cursor there', async () => {
	const { platform } = await open('#/pair');
	await userEvent.click(screen.getByTestId('pair-submit'));
	expect(screen.getByTestId('pair-name')).toHaveAccessibleDescription(/Give the device a name/);
	await waitFor(() => expect(screen.getByTestId('pair-name')).toHaveFocus());
	expect(platform.called('createPairing')).toEqual([]);
});

test('nothing secret is left in the window after a minute without interest', async () => {
	const { clock } = await makeCode();
	clock.advance(60_000);
	await waitFor(() => expect(screen.queryByTestId('pair-code')).toBeNull());
	expect(screen.queryByTestId('pair-qr')).toBeNull();
	expect(screen.getByTestId('pair-status')).toHaveAttribute('data-status', 'hidden');
	expect(document.body.innerHTML).not.toMatch(/J4K2|CPAIR/);
});

test('a used code loses its QR and leads to the devices', async () => {
	const { app, platform } = await makeCode();
	const pairing = app.pairing.current;
	if (!pairing) throw new Error('no code');
	platform.emit({ type: 'pairing', pairing: { ...pairing, status: 'completed' } });
	expect(await screen.findByText('Paired: Cellar hub joined.')).toBeVisible();
	expect(screen.queryByTestId('pair-qr')).toBeNull();
	expect(screen.getByRole('link', { name: 'See devices' })).toHaveAttribute('href', '#/devices');
});

test('revoking asks in the page and names the device', async () => {
	const confirm = vi.spyOn(window, 'confirm');
	const { platform } = await open('#/devices');
	const row = screen.getAllByTestId('device-row')[0] as HTMLElement;
	await userEvent.click(within(row).getByTestId('device-revoke'));
	const dialog = await screen.findByRole('alertdialog', { name: 'Revoke Greenhouse sensor?' });
	expect(dialog).toHaveAccessibleDescription(/Greenhouse sensor will be cut off at once/);
	expect(platform.called('revokeDevice')).toEqual([]);
	await userEvent.click(screen.getByTestId('confirm-accept'));
	await waitFor(() => expect(platform.called('revokeDevice')).toHaveLength(1));
	await waitFor(() => expect(row).toHaveAttribute('data-status', 'revoked'));
	expect(confirm).not.toHaveBeenCalled();
});

test('keeping the device revokes nothing', async () => {
	const { platform } = await open('#/devices');
	const row = screen.getAllByTestId('device-row')[0] as HTMLElement;
	await userEvent.click(within(row).getByTestId('device-revoke'));
	await userEvent.click(await screen.findByTestId('confirm-cancel'));
	await waitFor(() => expect(screen.queryByRole('alertdialog')).toBeNull());
	expect(platform.called('revokeDevice')).toEqual([]);
});

test('switching nearby devices off asks first while some are connected', async () => {
	const { app, host } = await started({}, '#/settings');
	await app.switchNearby(false);
	expect(app.nearbyOff.about).toBe(2);
	expect(host.called('setNearby')).toEqual([]);
	await app.nearbyOff.accept();
	expect(host.called('setNearby')).toEqual([[false]]);
});

test('this app itself is not offered to be reported as lost', async () => {
	const set = await started({}, '#/devices');
	const { clock, host } = set;
	host.add(gatewayView()).devices = [
		gatewayDevice(clock, { id: 'own' }, { this_app: true }),
		gatewayDevice(clock, { id: 'phone' })
	];
	await set.app.platforms.load();
	await set.app.choose('plat-home');
	for (const id of ['own', 'phone']) set.app.devices.toggle(id);
	render(Window, { app: set.app });
	const [own, phone] = ['own', 'phone'].map((id) =>
		screen.getAllByTestId('device-row').find((row) => row.dataset.deviceId === id)
	);
	const offered = (row: HTMLElement | undefined) =>
		['device-more', 'details-lost'].map(
			(id) => within(row as HTMLElement).queryByTestId(id) !== null
		);
	expect(offered(own)).toEqual([false, false]);
	expect(offered(phone)).toEqual([true, true]);
});

test('at a gateway many can be removed together and nothing else, with what that does not do', async () => {
	const set = await started({}, '#/devices');
	set.host.add(gatewayView()).devices = [gatewayDevice(set.clock)];
	await set.app.platforms.load();
	await set.app.choose('plat-home');
	render(Window, { app: set.app });
	await userEvent.click(screen.getByTestId('select'));
	const bar = screen.getByTestId('selection');
	expect(
		within(bar)
			.getAllByTestId(/^bulk-/)
			.map(({ textContent }) => textContent.trim())
	).toEqual(['Remove']);
	await userEvent.click(within(bar).getByTestId('select-all'));
	await userEvent.click(within(bar).getByTestId('bulk-revoke'));
	const dialog = await screen.findByRole('alertdialog', { name: 'Remove 1 device?' });
	expect(dialog).toHaveTextContent(/still holds the gateway’s shared token can come back/);
	expect(dialog).toHaveTextContent(/gateway.auth.token/);
});

test('what to know about a platform is said although another one is open', async () => {
	const set = await started({}, '#/platforms');
	set.host.add(gatewayView({ notice: CROWDED }));
	await set.app.platforms.load();
	render(Window, { app: set.app });
	expect(screen.getByTestId('platform-row-notice')).toHaveTextContent(
		/^1230 devices are paired.*Remove/
	);
	expect(screen.getByTestId('noticed-elsewhere')).toBeInTheDocument();
	await set.app.choose('plat-home');
	await waitFor(() => expect(screen.queryByTestId('platform-row-notice')).toBeNull());
	expect(screen.getByTestId('platform-notice')).toHaveTextContent(/1230 devices are paired/);
	expect(screen.queryByTestId('noticed-elsewhere')).toBeNull();
});

test('before disabling is taken back it is said what does not come back', async () => {
	const set = await started({}, '#/outbox');
	set.host.outbox.all = [
		sampleErrand(set.clock, {
			intent: { kind: 'disable', reason: null },
			overtook: [{ kind: 'enable' }]
		})
	];
	await set.app.outbox.load();
	render(Window, { app: set.app });
	await userEvent.click(screen.getByTestId('errand-withdraw'));
	expect(await screen.findByTestId('overtook')).toHaveTextContent(/by itself: enable/);
	expect(screen.getByRole('alertdialog')).toHaveTextContent(/Take back that .* is disabled\?/);
});

test.each(['withdraw', 'leave'] as const)(
	'before a revocation is given up (%s) it is said what does not come back',
	async (how) => {
		const set = await started({}, '#/outbox');
		const failed = {
			kind: 'failed' as const,
			fault: 'refused' as const,
			sentence: 'No.',
			why: null
		};
		const errand = sampleErrand(set.clock, {
			overtook: [{ kind: 'enable' }],
			resumes: [{ kind: 'disable', reason: null }],
			...(how === 'leave' && { state: { ...failed, choices: ['leave'] } })
		});
		set.host.outbox.all = [errand];
		await set.app.outbox.load();
		render(Window, { app: set.app });
		await userEvent.click(screen.getByTestId(how === 'leave' ? 'choice-leave' : 'errand-withdraw'));
		expect(await screen.findByTestId('resumes')).toHaveTextContent(/waits again.*: disable/);
		expect(await screen.findByTestId('overtook')).toHaveTextContent(
			/does not come back by itself: enable/
		);
	}
);

test('while no device is known there is nothing to filter by, but everything else is searched', async () => {
	const set = await open('#/review');
	set.host.review.waiting = sampleFoundWaiting(set.clock);
	const field = await screen.findByTestId('review-search');
	expect(screen.getByText(m.review_none_title())).toBeVisible();
	expect(screen.queryByRole('group', { name: m.review_marks() })).toBeNull();
	await userEvent.type(field, 'tablet');
	expect(await screen.findByTestId('found-waiting')).toBeVisible();
	expect(screen.getByTestId('review-search')).toBe(field);
	expect(screen.queryByRole('group', { name: m.review_marks() })).toBeNull();
});

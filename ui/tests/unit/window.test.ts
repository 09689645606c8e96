import { render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import Window from '../../src/App.svelte';
import { gatewayDevice } from '../../src/gallery/sampleGateway';
import { gatewayView } from '../../src/gallery/samplePlatforms';
import type { Stage } from '../../src/gallery/stage';
import { started } from './stage';

beforeAll(() => {
	// jsdom draws nothing: bits-ui only needs these to be there.
	vi.stubGlobal(
		'ResizeObserver',
		class {
			observe = () => undefined;
			unobserve = () => undefined;
			disconnect = () => undefined;
		}
	);
	Element.prototype.scrollIntoView = () => undefined;
	Element.prototype.animate ??= () => ({ finished: Promise.resolve() }) as unknown as Animation;
});
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

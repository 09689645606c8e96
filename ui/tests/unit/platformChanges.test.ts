import { expect, test } from 'vitest';
import { fingerprintLines } from '$lib/format/platform';
import { sampleFound, sampleLocal } from '../../src/gallery/sampleFound';
import { sampleErrands } from '../../src/gallery/sampleOutbox';
import { gatewayView } from '../../src/gallery/samplePlatforms';
import { sampleRequest } from '../../src/gallery/samples';
import { stage, type Stage } from '../../src/gallery/stage';
import { settle } from './stage';

async function withGateway(): Promise<Stage> {
	const set = stage('#/platforms');
	set.host.add(gatewayView());
	await set.app.start();
	return set;
}

function gateway({ app }: Stage) {
	const platform = app.platforms.find('plat-home');
	if (!platform) throw new Error('no gateway');
	return platform;
}

const setupCode = (url: string, ...urls: string[]) =>
	btoa(JSON.stringify({ url, urls, bootstrapToken: 'wWsEaxb4' })).replaceAll('=', '');

test('a gateway is added by its address and its token, and is then the one that is shown', async () => {
	const set = await withGateway();
	const { adding } = set.app.platforms;
	await adding.begin();
	adding.address = ' wss://192.168.1.33:18789 ';
	adding.credential = 'token ';
	await adding.submit();
	expect(set.host.called('addPlatform')[0]?.[0]).toEqual({
		kind: 'gateway',
		name: '',
		address: 'wss://192.168.1.33:18789',
		credential: 'token'
	});
	expect(set.app.platform.view.address).toBe('wss://192.168.1.33:18789');
	expect(adding.open).toBe(false);
	expect(adding.credential).toBe('');
});

test('a gateway that was found goes by its own name, unless somebody has typed another', async () => {
	const { app } = await withGateway();
	const { adding } = app.platforms;
	const [first, second] = sampleFound;
	if (!first || !second) throw new Error('nothing found');
	await adding.begin();
	adding.take({ ...first, name: 'Studio' });
	expect(adding.name).toBe('Studio');
	adding.take({ ...second, name: 'Garage' });
	expect(adding.name).toBe('Garage');
	adding.take({ ...second, name: null });
	expect(adding.name).toBe('');
	adding.name = 'Mine';
	adding.take({ ...first, name: 'Studio' });
	expect(adding.name).toBe('Mine');
});

test('the gateway on this computer does not get the name of one that was found', async () => {
	const { app, host } = await withGateway();
	const { adding } = app.platforms;
	const [first] = sampleFound;
	if (!first) throw new Error('nothing found');
	host.local = sampleLocal;
	await adding.begin();
	adding.take({ ...first, name: 'Studio' });
	await adding.addLocal();
	expect(host.called('addPlatform')[0]?.[0]).toEqual({ kind: 'local_gateway', name: '' });
});

test('the network is searched although this computer cannot be, and the other way round', async () => {
	const { app, host } = await withGateway();
	const { adding } = app.platforms;
	const refusal = { code: 'internal', message: 'The file cannot be read.', hint: null };
	host.onNetwork = sampleFound;
	host.refuse('localGateway', refusal);
	await adding.begin();
	expect([adding.found.length, adding.searchError?.message]).toEqual([
		sampleFound.length,
		'The file cannot be read.'
	]);
	adding.end();
	host.allow('localGateway');
	host.local = sampleLocal;
	host.refuse('lookForGateways', refusal);
	await adding.begin();
	expect([adding.local, adding.searchError?.message]).toEqual([
		sampleLocal,
		'The file cannot be read.'
	]);
});

test.each(['', 'oc-pair://'])('a setup code carries its address (%s…)', async (prefix) => {
	const { app, host } = await withGateway();
	const { adding } = app.platforms;
	adding.credential = `${prefix}eyJ1cmwiOiJ3c3M6Ly8xOTIuMTY4LjEuMTA6MTg3ODkifQ`;
	await adding.submit();
	expect(adding.faults).toEqual([]);
	expect(host.called('addPlatform')).toHaveLength(1);
});

test.each([
	['gateway', '', '', ['address', 'credential']],
	['gateway', '192.168.1.33', 'token', ['scheme']],
	['gateway', 'ws://192.168.1.33:18789', 'token', []],
	['server', 'hub.example.org', 'cpk_1', ['scheme']],
	['server', 'http://127.0.0.1:21327', 'cpk_1', []],
	['server', '', 'eyJ1cmwi', ['address']],
	['server', 'https://hub.example.org', 'cpk_1', []]
] as const)('a %s at “%s” with “%s” lacks %j', async (kind, address, credential, faults) => {
	const { app } = await withGateway();
	Object.assign(app.platforms.adding, { kind, address, credential });
	expect(app.platforms.adding.faults).toEqual(faults);
});

test.each([
	['gateway', 'wss://192.168.1.33:18789', 'token', false],
	['gateway', ' WS://192.168.1.33:18789', '', true],
	['gateway', 'ws://hub.local', '', true],
	['gateway', 'ws://[fd00::1]:18789', '', true],
	['gateway', 'ws://fd00::1', '', true],
	['gateway', 'ws://localhost.example.lan', '', true],
	['gateway', 'ws://127.0.0.1:18789', '', false],
	['gateway', 'ws://[::1]:18789/', '', false],
	['gateway', 'ws://LocalHost', '', false],
	['gateway', 'ws://', '', false],
	['gateway', '', setupCode('wss://10.0.0.1:1', 'ws://10.0.0.1:2'), true],
	['gateway', '', setupCode('wss://10.0.0.1:1'), false],
	['gateway', '', 'eyJ', false],
	['gateway', 'wss://10.0.0.1:1', setupCode('ws://10.0.0.1:2'), false],
	['server', 'ws://192.168.1.33', '', false]
] as const)(
	'a %s at “%s” with “%s”: others can read along: %s',
	async (kind, address, credential, inClear) => {
		const { app } = await withGateway();
		Object.assign(app.platforms.adding, { kind, address, credential });
		expect(app.platforms.adding.inClear).toBe(inClear);
	}
);

test('a refused platform leaves what was typed', async () => {
	const { app, host } = await withGateway();
	const { adding } = app.platforms;
	host.refuse('addPlatform', { code: 'gateway_unreachable', message: 'No.', hint: null });
	await adding.begin();
	Object.assign(adding, { address: 'wss://192.168.1.33:18789', credential: 'token' });
	await adding.submit();
	expect(adding.error?.code).toBe('gateway_unreachable');
	expect([adding.open, adding.credential]).toEqual([true, 'token']);
});

test('gateways are looked for only while the page that shows them is open', async () => {
	const { app, host } = await withGateway();
	host.local = sampleLocal;
	host.onNetwork = sampleFound;
	await app.platforms.adding.begin();
	expect(app.platforms.adding.found).toHaveLength(sampleFound.length);
	app.router.open('devices');
	await settle();
	expect(host.called('lookForGateways')).toEqual([[true], [false]]);
	expect(app.platforms.adding.found).toEqual([]);
});

test('a gateway that was found fills in the address and no credential', async () => {
	const { app } = await withGateway();
	const { adding } = app.platforms;
	const [found] = sampleFound;
	if (!found) throw new Error('nothing found');
	adding.take(found);
	expect([adding.address, adding.name, adding.credential]).toEqual([
		'wss://192.168.1.33:18789',
		'Attic gateway',
		''
	]);
});

test('signing in sends what was typed and keeps nothing of it', async () => {
	const set = await withGateway();
	const { changes } = set.app.platforms;
	changes.askToSignIn(gateway(set));
	changes.credential = ' secret ';
	await changes.signIn.accept();
	expect(set.host.called('signInPlatform')).toEqual([['plat-home', 'secret']]);
	expect(changes.credential).toBe('');
});

test('a certificate is accepted as it was shown', async () => {
	const set = await withGateway();
	const { changes } = set.app.platforms;
	changes.askToCompare({ platform: gateway(set), shown: 'AA:BB', accepted: null });
	expect(changes.compared).toBe(false);
	await changes.certificate.accept();
	expect(set.host.called('acceptCertificate')).toEqual([['plat-home', 'AA:BB']]);
});

test('a platform is renamed and removed', async () => {
	const set = await withGateway();
	const { app, host } = set;
	app.platforms.changes.askToRename(gateway(set));
	app.platforms.changes.name = 'Attic';
	await app.platforms.changes.rename.accept();
	expect(gateway(set).view.name).toBe('Attic');
	await app.platforms.changes.askToRemove(gateway(set));
	await app.platforms.changes.removal.accept();
	expect(host.called('removePlatform')).toEqual([['plat-home']]);
	expect(app.platforms.find('plat-home')).toBeUndefined();
});

test('before a platform is removed it is read how much ends with it', async () => {
	const set = await withGateway();
	const { changes } = set.app.platforms;
	set.host.outbox.all = sampleErrands(set.clock);
	set.host.outbox.pageSize = 3;
	await changes.askToRemove(gateway(set));
	expect(changes.waiting?.map(({ id }) => id)).toEqual([3, 6, 7, 9]);
	set.host.refuse('listOutbox', { code: 'storage_unavailable', message: 'Full.', hint: null });
	await changes.askToRemove(gateway(set));
	expect([changes.waiting, changes.waitingError?.message]).toEqual([null, 'Full.']);
});

test('what is said aloud of another platform names it', async () => {
	const { app, host, clock } = await withGateway();
	host.on('plat-home').emit({ type: 'request', request: sampleRequest(clock) });
	expect(app.announcer.slots.join('')).toBe(
		'On Home gateway: A device asks to join as Kitchen hub.'
	);
});

test('a fingerprint stands in lines of eight pairs', () => {
	expect(fingerprintLines(gatewayView().pin ?? '').map((line) => line.length)).toEqual([
		23, 23, 23, 23
	]);
});

test('a pin of a server stands as the server prints it', () => {
	const pin = '7F3K9QWZ4JN2B8T5M1XGDC6HRA';
	expect(fingerprintLines(pin)).toEqual([pin]);
});

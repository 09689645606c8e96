import { expect, test } from 'vitest';
import { sampleRules } from '../../src/gallery/sampleAlerts';
import { gatewayView } from '../../src/gallery/samplePlatforms';
import { stage } from '../../src/gallery/stage';
import { started } from './stage';

test('a list of platforms that was on its way does not take back what was heard since', async () => {
	const { app, host } = stage('#/devices');
	const gateway = host.add(gatewayView());
	await app.start();
	const release = host.hold('platforms');
	const loading = app.platforms.load();
	gateway.view = gatewayView({ state: { kind: 'connecting' } });
	host.emit({ type: 'platforms', platforms: host.all.map(({ view }) => view) });
	release();
	await loading;
	expect(app.platforms.find('plat-home')?.connected).toBe(false);
});

test('an overview that was on its way does not take back what was heard or chosen since', async () => {
	const { app, host } = await started();
	const release = host.hold('overview');
	const loading = app.overview.load();
	await app.overview.setTheme('dark');
	release();
	await loading;
	expect(app.overview.current?.theme).toBe('dark');

	const again = host.hold('overview');
	const reloading = app.overview.load();
	host.data = { ...host.data, theme: 'light' };
	host.emit({ type: 'overview', overview: host.data });
	again();
	await reloading;
	expect(app.overview.current?.theme).toBe('light');
});

test('a list of API keys that was on its way keeps one that was revoked since', async () => {
	const { app, platform } = await started({}, '#/keys');
	const [key] = app.apiKeys.keys;
	if (!key) throw new Error('no key');
	const release = platform.hold('listApiKeys');
	const loading = app.apiKeys.load();
	app.apiKeys.revocation.ask(key);
	await app.apiKeys.revocation.accept();
	platform.apiKeys = app.apiKeys.keys;
	release();
	await loading;
	expect(app.apiKeys.keys.find(({ id }) => id === key.id)?.revoked_at).not.toBeNull();
});

test('rules that were on their way do not take back one that was set since', async () => {
	const { app, platform } = await started({}, '#/alerts');
	const { rules } = app.alerts;
	const [rule] = sampleRules();
	if (!rule) throw new Error('no rule');
	const release = platform.hold('listAlertRules');
	const loading = rules.load();
	await rules.setEnabled(rule, !rule.enabled);
	platform.rules = rules.all;
	release();
	await loading;
	expect(rules.all.find(({ id }) => id === rule.id)?.enabled).toBe(!rule.enabled);
});

import { App } from '$lib/state/app.svelte';
import type { Overview } from '$lib/bindings/Overview';
import { FakeClock } from './FakeClock';
import { FakeHost } from './FakeHost';
import type { FakePlatform } from './FakePlatform';
import { sampleRules } from './sampleAlerts';
import { sampleJournal } from './sampleJournal';
import { sampleDevices, sampleEntries, sampleKeys, START } from './samples';

/** A window with a pretend host and a clock that stands still. */
/** `platform` is the one inside the app. */
export type Stage = { app: App; host: FakeHost; platform: FakePlatform; clock: FakeClock };

export function stage(hash: string): Stage {
	const clock = new FakeClock(START);
	const host = new FakeHost(clock);
	const platform = host.on('embedded');
	platform.devices = sampleDevices(clock);
	platform.apiKeys = sampleKeys(clock);
	platform.rules = sampleRules();
	platform.entries = sampleEntries(clock);
	host.entries = sampleJournal(clock);
	host.signing = '7F3K-9QWZ-4JN2';
	const app = new App({ host, clock, hash });
	app.ticker.start();
	return { app, host, platform, clock };
}

/** Something to do once the page is drawn, for what only the page knows: an opened fold, a list. */
export type Afterwards = () => void | Promise<void>;

/** Brings a page into one state. */
export type Scene = ((stage: Stage) => Promise<void>) | ((stage: Stage) => Promise<Afterwards>);

/** Starts the window with the overview changed. */
export async function begin({ app, host }: Stage, changes: Partial<Overview> = {}): Promise<void> {
	host.data = { ...host.data, ...changes };
	await app.start();
}

export const click = (selector: string) => (): void => {
	const element = document.querySelector<HTMLElement>(selector);
	if (!element) throw new Error(`nothing to click at ${selector}`);
	element.click();
};

import { stage, type Stage } from '../../src/gallery/stage';
import type { Overview } from '$lib/bindings/Overview';

/** A started window without drawing it. */
export async function started(changes: Partial<Overview> = {}, hash = '#/pair'): Promise<Stage> {
	const set = stage(hash);
	set.host.data = { ...set.host.data, ...changes };
	await set.app.start();
	return set;
}

/** A window with a fresh code on the Pair page. */
export async function withCode(changes: Partial<Overview> = {}): Promise<Stage> {
	const set = await started(changes);
	fill(set);
	await set.app.pairing.create();
	return set;
}

export function fill({ app }: Stage): void {
	app.pairing.form.name = 'Greenhouse sensor';
	app.pairing.form.deviceType = 'IoT Sensor';
}

/** What is told over and over is read again once a second has passed. */
export async function secondPassed({ clock }: Stage): Promise<void> {
	await settle();
	clock.advance(1000);
	await settle();
}

/** Lets everything that only waits for answered promises happen. */
export const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

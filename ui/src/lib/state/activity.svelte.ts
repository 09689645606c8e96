import type { ActivityCheck } from '$lib/bindings/ActivityCheck';
import type { ActivityEntry } from '$lib/bindings/ActivityEntry';
import type { PlatformHost } from '$lib/host';
import { instant } from '$lib/format/time';
import type { HostError } from '$lib/hostError';
import { Paged } from './paged.svelte';
import { Tasks } from './tasks.svelte';
import type { Ticker } from './ticker.svelte';

/** How far back to look, in days; `null` is to the beginning. */
export const SPANS: (number | null)[] = [1, 7, 30, null];
const DAY_MS = 24 * 3600 * 1000;

export type ActivityTask = 'verify' | 'export';

/** What has happened, newest first, as far as it was read. */
export class Activity {
	readonly #host: PlatformHost;
	readonly list: Paged<ActivityEntry, number>;
	readonly tasks = new Tasks<ActivityTask>();
	/** The outcome of the last check, until the page is left. */
	check = $state.raw<ActivityCheck | null>(null);
	exported = $state(false);
	actor = $state<string | null>(null);
	action = $state<string | null>(null);
	days = $state<number | null>(null);

	constructor(host: PlatformHost, ticker: Ticker) {
		this.#host = host;
		this.list = new Paged(async (after) => {
			const { actor, action, days } = this;
			const from = days === null ? null : instant(ticker.now - days * DAY_MS);
			const { entries: rows, next } = await host.listActivity({ after, actor, action, from });
			return { rows, next };
		});
	}

	isFiltered = $derived(this.actor !== null || this.action !== null || this.days !== null);

	get error(): HostError | null {
		return this.tasks.error ?? this.list.error;
	}

	/** Reads from the newest on, as far as it was read. */
	load(): Promise<void> {
		return this.list.again();
	}

	filter(change: { actor?: string | null; action?: string | null; days?: number | null }) {
		Object.assign(this, change);
		return this.list.begin();
	}

	showAll(): Promise<void> {
		return this.filter({ actor: null, action: null, days: null });
	}

	verify(): Promise<void> {
		return this.#run('verify', async () => {
			this.check = await this.#host.verifyActivity();
		});
	}

	export(): Promise<void> {
		return this.#run('export', async () => {
			this.exported = await this.#host.exportActivity();
		});
	}

	leave(): void {
		this.check = null;
		this.exported = false;
	}

	#run(task: ActivityTask, work: () => Promise<void>): Promise<void> {
		if (this.tasks.any) return Promise.resolve();
		this.leave();
		return this.tasks.run(task, work);
	}
}

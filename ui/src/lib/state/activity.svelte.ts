import type { ActivityCheck } from '$lib/bindings/ActivityCheck';
import type { ActivityEntry } from '$lib/bindings/ActivityEntry';
import type { PlatformHost } from '$lib/host';
import { instant } from '$lib/format/time';
import { HostError } from '$lib/hostError';
import type { Ticker } from './ticker.svelte';

/** How far back to look, in days; `null` is to the beginning. */
export const SPANS: (number | null)[] = [1, 7, 30, null];
const DAY_MS = 24 * 3600 * 1000;

export type ActivityTask = 'verify' | 'export';

/** What has happened, newest first, as far as it was read. */
export class Activity {
	readonly #host: PlatformHost;
	readonly #ticker: Ticker;
	entries = $state.raw<ActivityEntry[]>([]);
	next = $state<number | null>(null);
	loaded = $state(false);
	loading = $state(false);
	error = $state.raw<HostError | null>(null);
	busy = $state<ActivityTask | null>(null);
	/** The outcome of the last check, until the page is left. */
	check = $state.raw<ActivityCheck | null>(null);
	exported = $state(false);
	actor = $state<string | null>(null);
	action = $state<string | null>(null);
	days = $state<number | null>(null);
	#loads = 0;

	constructor(host: PlatformHost, ticker: Ticker) {
		this.#host = host;
		this.#ticker = ticker;
	}

	isFiltered = $derived(this.actor !== null || this.action !== null || this.days !== null);

	/** Reads from the newest on. */
	load(): Promise<void> {
		return this.#read(null);
	}

	showMore(): Promise<void> {
		return this.next === null || this.loading ? Promise.resolve() : this.#read(this.next);
	}

	filter(change: { actor?: string | null; action?: string | null; days?: number | null }) {
		Object.assign(this, change);
		return this.load();
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

	/** One page; what a later read has begun makes an earlier one's answer worthless. */
	async #read(after: number | null): Promise<void> {
		const mine = ++this.#loads;
		this.loading = true;
		const from = this.days === null ? null : instant(this.#ticker.now - this.days * DAY_MS);
		try {
			const { actor, action } = this;
			const page = await this.#host.listActivity({
				after,
				actor,
				action,
				from
			});
			if (mine !== this.#loads) return;
			this.entries = after === null ? page.entries : [...this.entries, ...page.entries];
			this.next = page.next;
			this.loaded = true;
			this.error = null;
		} catch (refusal) {
			if (mine === this.#loads) this.error = HostError.from(refusal);
		} finally {
			if (mine === this.#loads) this.loading = false;
		}
	}

	async #run(task: ActivityTask, work: () => Promise<void>): Promise<void> {
		if (this.busy) return;
		this.busy = task;
		this.leave();
		try {
			await work();
			this.error = null;
		} catch (refusal) {
			this.error = HostError.from(refusal);
		} finally {
			this.busy = null;
		}
	}
}

import type { AddressChoice } from '$lib/bindings/AddressChoice';
import type { Overview as OverviewData } from '$lib/bindings/Overview';
import type { Theme } from '$lib/bindings/Theme';
import type { Host } from '$lib/host';
import type { HostError } from '$lib/hostError';
import { News } from './news';
import { Tasks } from './tasks.svelte';

export type OverviewTask = 'load' | 'nearby' | 'theme' | 'addresses' | 'move' | 'reveal';

/** What the program says about itself: addresses, settings, where secrets are kept, what is wrong. */
export class Overview {
	current = $state.raw<OverviewData | null>(null);
	readonly #host: Host;
	readonly #tasks = new Tasks<OverviewTask>();
	readonly #news = new News();

	constructor(host: Host) {
		this.#host = host;
	}

	/** Until the person decides, nearby devices count as wanted: the first code switches them on. */
	nearbyWanted = $derived(this.current?.nearby ?? true);
	nearbyUndecided = $derived(this.current?.nearby === null);
	nearby = $derived(this.current?.nearby ?? null);
	addresses = $derived<AddressChoice[]>(this.current?.addresses ?? []);

	/** Nearby devices are on, and not one address of the local network answers. */
	silent = $derived(
		this.current?.nearby === true &&
			!this.addresses.some(({ kind, answers }) => kind !== 'loopback' && answers)
	);

	get error(): HostError | null {
		return this.#tasks.error;
	}

	busy(task: OverviewTask): boolean {
		return this.#tasks.busy(task);
	}

	apply(overview: OverviewData): void {
		this.#news.heard();
		this.current = overview;
	}

	load(): Promise<void> {
		this.#news.heard();
		return this.#tasks.run('load', () =>
			this.#news.ask(
				() => this.#host.overview(),
				(overview) => (this.current = overview)
			)
		);
	}

	/** Switches nearby devices on if no one has decided yet. Rejects when that fails. */
	async decideNearby(): Promise<void> {
		if (this.nearbyUndecided) this.apply(await this.#host.setNearby(true));
	}

	/** Lets devices nearby in or not, if `first` does not say no. */
	setNearby(
		on: boolean,
		first: () => Promise<boolean> = () => Promise.resolve(true)
	): Promise<void> {
		return this.#run('nearby', async () => ((await first()) ? this.#host.setNearby(on) : null));
	}

	setTheme(theme: Theme): Promise<void> {
		return this.#run('theme', () => this.#host.setTheme(theme));
	}

	refreshAddresses(): Promise<void> {
		return this.#run('addresses', () => this.#host.refreshAddresses());
	}

	moveSecrets(): Promise<void> {
		return this.#run('move', () => this.#host.moveSecretsFile());
	}

	revealSecrets(): Promise<void> {
		return this.#run('reveal', async () => {
			await this.#host.revealSecretsFile();
			return null;
		});
	}

	#run(task: OverviewTask, work: () => Promise<OverviewData | null>): Promise<void> {
		return this.#tasks.run(task, async () => {
			const overview = await work();
			if (overview) this.apply(overview);
		});
	}
}

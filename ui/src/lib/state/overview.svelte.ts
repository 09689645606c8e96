import type { AddressChoice } from '$lib/bindings/AddressChoice';
import type { Overview as OverviewData } from '$lib/bindings/Overview';
import type { Theme } from '$lib/bindings/Theme';
import type { Host } from '$lib/host';
import { HostError } from '$lib/hostError';

export type OverviewTask = 'nearby' | 'theme' | 'addresses' | 'move' | 'reveal';

/** What the program says about itself: addresses, settings, where secrets are kept, what is wrong. */
export class Overview {
	current = $state.raw<OverviewData | null>(null);
	error = $state.raw<HostError | null>(null);
	busy = $state<OverviewTask | null>(null);
	readonly #host: Host;

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

	apply(overview: OverviewData): void {
		this.current = overview;
	}

	async load(): Promise<void> {
		try {
			this.current = await this.#host.overview();
			this.error = null;
		} catch (refusal) {
			this.error = HostError.from(refusal);
		}
	}

	/** Switches nearby devices on if no one has decided yet. Rejects when that fails. */
	async decideNearby(): Promise<void> {
		if (this.nearbyUndecided) this.current = await this.#host.setNearby(true);
	}

	setNearby(on: boolean): Promise<void> {
		return this.#run('nearby', () => this.#host.setNearby(on));
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

	async #run(task: OverviewTask, work: () => Promise<OverviewData | null>): Promise<void> {
		if (this.busy) return;
		this.busy = task;
		this.error = null;
		try {
			this.current = (await work()) ?? this.current;
		} catch (refusal) {
			this.error = HostError.from(refusal);
		} finally {
			this.busy = null;
		}
	}
}

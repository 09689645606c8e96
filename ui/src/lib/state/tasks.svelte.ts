import { SvelteSet } from 'svelte/reactivity';
import { HostError } from '$lib/hostError';

/** Work that somebody has started, each by its name and once at a time. */
export class Tasks<Name extends string> {
	readonly #running = new SvelteSet<Name>();
	/** Why the last one that was refused was. */
	error = $state.raw<HostError | null>(null);

	busy(name: Name): boolean {
		return this.#running.has(name);
	}

	get any(): boolean {
		return this.#running.size > 0;
	}

	async run(name: Name, work: () => Promise<void>): Promise<void> {
		if (this.#running.has(name)) return;
		this.#running.add(name);
		this.error = null;
		try {
			await work();
		} catch (refusal) {
			this.error = HostError.from(refusal);
		} finally {
			this.#running.delete(name);
		}
	}
}

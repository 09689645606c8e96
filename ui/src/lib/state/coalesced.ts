import type { Ticker } from './ticker.svelte';

/** Work that is done when asked for, and once more if it was asked for meanwhile; never twice at once. */
export class Coalesced {
	readonly #work: () => Promise<void>;
	readonly #ticker: Ticker | null;
	#running: Promise<void> | null = null;
	#again = false;

	/** With a ticker, work that takes seconds rests as long as it took before it is done once more. */
	constructor(work: () => Promise<void>, ticker: Ticker | null = null) {
		this.#work = work;
		this.#ticker = ticker;
	}

	/** Done once what was asked for is. */
	request(): Promise<void> {
		this.#again = true;
		return (this.#running ??= this.#run());
	}

	async #run(): Promise<void> {
		try {
			while (this.#again) {
				this.#again = false;
				const began = this.#ticker?.ticks ?? 0;
				await this.#work();
				const took = (this.#ticker?.ticks ?? 0) - began;
				if (this.#again && took > 0) await this.#ticker?.wait(took);
			}
		} finally {
			this.#running = null;
		}
	}
}

/** Work that is done when asked for, and once more if it was asked for meanwhile; never twice at once. */
export class Coalesced {
	readonly #work: () => Promise<void>;
	#running = false;
	#again = false;

	constructor(work: () => Promise<void>) {
		this.#work = work;
	}

	async request(): Promise<void> {
		this.#again = true;
		if (this.#running) return;
		this.#running = true;
		try {
			while (this.#again) {
				this.#again = false;
				await this.#work();
			}
		} finally {
			this.#running = false;
		}
	}
}

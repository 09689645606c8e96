import { HostError } from '$lib/hostError';

/** Whether to do something to one thing. It stays open while that is done, and when it is refused. */
export class Question<T> {
	about = $state.raw<T | null>(null);
	busy = $state(false);
	error = $state.raw<HostError | null>(null);
	readonly #act: (thing: T) => Promise<void>;

	constructor(act: (thing: T) => Promise<void>) {
		this.#act = act;
	}

	ask(thing: T): void {
		this.error = null;
		this.about = thing;
	}

	/** No. Too late once it is being done. */
	keep(): void {
		if (!this.busy) this.about = null;
	}

	async accept(): Promise<void> {
		if (this.about === null || this.busy) return;
		this.busy = true;
		this.error = null;
		try {
			await this.#act(this.about);
			this.about = null;
		} catch (refusal) {
			this.error = HostError.from(refusal);
		} finally {
			this.busy = false;
		}
	}
}

import type { Ticker } from './ticker.svelte';

/** How long a secret stays on screen without a sign that someone is there. */
export const PATIENCE_SECONDS = 60;
/** From here on the window says that it is about to hide the secret. */
export const WARNING_SECONDS = 15;

/** Notices that no one has moved, typed or focused for a minute while something secret is shown. */
export class Interest {
	readonly #ticker: Ticker;
	readonly #onLost: () => void;
	#last = $state(0);
	#watching = $state(false);

	readonly #patience: number;

	constructor(ticker: Ticker, onLost: () => void, patienceSeconds = PATIENCE_SECONDS) {
		this.#patience = patienceSeconds;
		this.#ticker = ticker;
		this.#onLost = onLost;
		ticker.onTick((now) => this.#check(now));
	}

	/** Whole seconds until the secret hides, once that is near; otherwise `null`. */
	secondsLeft = $derived.by(() => {
		if (!this.#watching) return null;
		const left = this.#patience - Math.floor((this.#ticker.now - this.#last) / 1000);
		return left <= WARNING_SECONDS ? Math.max(left, 0) : null;
	});

	watch(): void {
		this.#ticker.tick();
		this.#last = this.#ticker.now;
		this.#watching = true;
	}

	stop(): void {
		this.#watching = false;
	}

	/** Someone is there. Whoever comes back after the minute, say from a sleeping laptop, is too late. */
	shown(): void {
		if (!this.#watching) return;
		this.#ticker.tick();
		this.#last = this.#ticker.now;
	}

	#check(now: number): void {
		if (!this.#watching || now - this.#last < this.#patience * 1000) return;
		this.#watching = false;
		this.#onLost();
	}
}

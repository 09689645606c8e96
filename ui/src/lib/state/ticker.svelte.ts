import type { Cancel, Clock } from '$lib/clock';

/** The clock as something a component can watch: `now` moves once a second. */
export class Ticker {
	now = $state(0);
	/** How often it has ticked: unlike the time, that neither jumps nor goes back. */
	ticks = 0;
	readonly #clock: Clock;
	// eslint-disable-next-line svelte/prefer-svelte-reactivity -- bookkeeping that nothing renders
	readonly #watchers = new Set<(now: number) => void>();

	constructor(clock: Clock) {
		this.#clock = clock;
		this.now = clock.now();
	}

	start(): Cancel {
		return this.#clock.every(1000, () => this.tick());
	}

	/** Reads the clock now, so that a decision never rests on a second-old time. */
	tick(): void {
		this.now = this.#clock.now();
		this.ticks += 1;
		for (const watcher of this.#watchers) watcher(this.now);
	}

	/** Comes back after so many ticks. */
	wait(ticks: number): Promise<void> {
		const end = this.ticks + ticks;
		return new Promise((resolve) => {
			const stop = this.onTick(() => {
				if (this.ticks < end) return;
				stop();
				resolve();
			});
		});
	}

	onTick(watcher: (now: number) => void): Cancel {
		this.#watchers.add(watcher);
		return () => this.#watchers.delete(watcher);
	}
}

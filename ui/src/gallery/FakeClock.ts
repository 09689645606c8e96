import type { Cancel, Clock } from '$lib/clock';

type Timer = { every: number; next: number; run: () => void };

/** A clock that stands still until it is told to move. */
export class FakeClock implements Clock {
	#now: number;
	readonly #timers = new Set<Timer>();

	constructor(start: string) {
		this.#now = Date.parse(start);
	}

	now(): number {
		return this.#now;
	}

	every(ms: number, run: () => void): Cancel {
		const timer = { every: ms, next: this.#now + ms, run };
		this.#timers.add(timer);
		return () => this.#timers.delete(timer);
	}

	/** Moves on, running what falls due in order. */
	advance(ms: number): void {
		const end = this.#now + ms;
		for (;;) {
			const due = [...this.#timers]
				.filter(({ next }) => next <= end)
				.sort((a, b) => a.next - b.next)[0];
			if (!due) break;
			this.#now = due.next;
			due.next += due.every;
			due.run();
		}
		this.#now = end;
	}

	/** The instant `seconds` from now, as the host writes it. */
	at(seconds: number): string {
		return new Date(this.#now + seconds * 1000).toISOString().replace('.000Z', 'Z');
	}
}

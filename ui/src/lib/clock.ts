export type Cancel = () => void;

/** Time as a parameter: tests step it, the gallery stops it. */
export interface Clock {
	/** Milliseconds since the Unix epoch. */
	now(): number;
	/** Calls `run` every `ms` milliseconds until cancelled. */
	every(ms: number, run: () => void): Cancel;
}

export const systemClock: Clock = {
	now: () => Date.now(),
	every: (ms, run) => {
		const timer = setInterval(run, ms);
		return () => clearInterval(timer);
	}
};

/** Something that was done and can honestly be taken back. */
export type Done = { what: 'disabled' | 'edited'; name: string } | { what: 'many'; count: number };

/** The last thing done, as long as it can be taken back. */
export class Undo {
	done = $state.raw<Done | null>(null);
	busy = $state(false);
	#back: () => Promise<void> = () => Promise.resolve();

	offer(done: Done, back: () => Promise<void>): void {
		this.done = done;
		this.#back = back;
	}

	forget(): void {
		this.done = null;
	}

	/** Takes it back; whether that worked is for who offered it to say. */
	async take(): Promise<void> {
		if (!this.done || this.busy) return;
		this.busy = true;
		try {
			await this.#back();
		} finally {
			this.busy = false;
			this.forget();
		}
	}
}

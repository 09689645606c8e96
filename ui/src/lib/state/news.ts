/** Tells of something that is both heard and read whether an answer is older than what was heard. */
export class News {
	#heard = 0;

	/** Something that is newer than every answer on its way. */
	heard(): void {
		this.#heard += 1;
	}

	/** Asks until nothing was heard while the answer was on its way, and takes that one. */
	async ask<T>(question: () => Promise<T>, take: (answer: T) => void): Promise<void> {
		let before: number;
		let answer: T;
		do {
			before = this.#heard;
			answer = await question();
		} while (before !== this.#heard);
		this.heard();
		take(answer);
	}
}

/** What a screen reader should say next. Two slots, so that the same words twice are said twice. */
export class Announcer {
	slots = $state<[string, string]>(['', '']);
	#next: 0 | 1 = 0;

	say(text: string): void {
		this.slots = this.#next === 0 ? [text, ''] : ['', text];
		this.#next = this.#next === 0 ? 1 : 0;
	}
}

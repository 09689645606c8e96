import type { FoundActivity } from '$lib/bindings/FoundActivity';
import type { FoundWaiting } from '$lib/bindings/FoundWaiting';
import type { JournalEntry } from '$lib/bindings/JournalEntry';
import type { Tombstone } from '$lib/bindings/Tombstone';
import type { Host } from '$lib/host';
import type { HostError } from '$lib/hostError';
import { Paged } from './paged.svelte';

/** What a search through everything finds besides devices. */
export class Elsewhere {
	readonly #words: () => string;
	readonly waiting: Paged<FoundWaiting, never>;
	readonly ended: Paged<Tombstone, number>;
	readonly activity: Paged<FoundActivity, number>;
	readonly journal: Paged<JournalEntry, number>;

	constructor(host: Host, words: () => string) {
		this.#words = words;
		this.waiting = new Paged(async () => ({
			rows: await host.searchWaiting(this.words),
			next: null
		}));
		this.ended = new Paged(async (before) => {
			const { tombstones: rows, next } = await host.listTombstones(this.words, before);
			return { rows, next };
		});
		this.activity = new Paged(async (before) => {
			const { entries: rows, next } = await host.searchActivity(this.words, before);
			return { rows, next };
		});
		this.journal = new Paged(async (before) => {
			const query = { actor: null, action: null, search: this.words, before };
			const { entries: rows, next } = await host.listJournal(query);
			return { rows, next };
		});
	}

	/** What is searched for. */
	get words(): string {
		return this.#words().trim();
	}

	readonly #lists = () => [this.waiting, this.ended, this.activity, this.journal];

	/** Whether something was searched for, and none of it is here. */
	get none(): boolean {
		return this.#lists().every(
			({ loaded, rows, error }) => loaded && rows.length === 0 && error === null
		);
	}

	/** The first thing that went wrong. */
	get error(): HostError | null {
		return this.#lists().reduce<HostError | null>((found, { error }) => found ?? error, null);
	}

	/** Looks for other words than before. */
	async begin(): Promise<void> {
		if (this.words === '') for (const list of this.#lists()) list.clear();
		else await Promise.all(this.#lists().map((list) => list.begin()));
	}

	/** Looks again, as far as was read. */
	async again(): Promise<void> {
		if (this.words !== '') await Promise.all(this.#lists().map((list) => list.again()));
	}
}

import { HostError } from '$lib/hostError';

/** Some rows, and where the next ones are. */
export type PageOf<Row, Next> = { rows: Row[]; next: Next | null };

/** A list that is read page by page. What a later reading has begun makes an earlier one's answer worthless. */
export class Paged<Row, Next, Page extends PageOf<Row, Next> = PageOf<Row, Next>> {
	readonly #page: (after: Next | null) => Promise<Page>;
	/** The first page, with what else it says. */
	first = $state.raw<Page | null>(null);
	rows = $state.raw<Row[]>([]);
	next = $state.raw<Next | null>(null);
	loaded = $state(false);
	loading = $state(false);
	error = $state.raw<HostError | null>(null);
	#loads = 0;

	constructor(page: (after: Next | null) => Promise<Page>) {
		this.#page = page;
	}

	/** Reads the first page. */
	begin(): Promise<void> {
		return this.#read(null, [], 1);
	}

	/** Reads again as far as was read before, so that what is on screen stays there. */
	again(): Promise<void> {
		return this.#read(null, [], this.rows.length);
	}

	showMore(): Promise<void> {
		if (this.next === null || this.loading) return Promise.resolve();
		return this.#read(this.next, this.rows, this.rows.length + 1);
	}

	/** Reads on from `after` until there are `wanted` rows, or all. */
	async #read(after: Next | null, before: Row[], wanted: number): Promise<void> {
		const mine = ++this.#loads;
		this.loading = true;
		try {
			let rows = before;
			let next = after;
			let first = after === null ? null : this.first;
			do {
				const page = await this.#page(next);
				first ??= page;
				rows = [...rows, ...page.rows];
				next = page.next;
			} while (next !== null && rows.length < wanted && mine === this.#loads);
			if (mine !== this.#loads) return;
			this.first = first;
			this.rows = rows;
			this.next = next;
			this.loaded = true;
			this.error = null;
		} catch (refusal) {
			if (mine === this.#loads) this.error = HostError.from(refusal);
		} finally {
			if (mine === this.#loads) this.loading = false;
		}
	}
}

import { HostError } from '$lib/hostError';
import { Coalesced } from './coalesced';

/** Some rows, and where the next ones are. */
export type PageOf<Row, Next> = { rows: Row[]; next: Next | null };

/** A list that is read page by page. What a later question has begun makes an earlier one's answer worthless. */
export class Paged<Row, Next, Page extends PageOf<Row, Next> = PageOf<Row, Next>> {
	readonly #page: (after: Next | null) => Promise<Page>;
	/** The first page, with what else it says. */
	first = $state.raw<Page | null>(null);
	rows = $state.raw<Row[]>([]);
	next = $state.raw<Next | null>(null);
	loaded = $state(false);
	/** Whether somebody waits for rows that they asked for. */
	loading = $state(false);
	error = $state.raw<HostError | null>(null);
	#questions = 0;
	/** What somebody waits for. */
	#asked: Promise<void> = Promise.resolve();
	readonly #refresh = new Coalesced(() => this.#read(() => this.#readAgain()));

	constructor(page: (after: Next | null) => Promise<Page>) {
		this.#page = page;
	}

	/** Reads the first page. */
	begin(): Promise<void> {
		this.#questions += 1;
		return this.#ask(async () => {
			const page = await this.#page(null);
			return { first: page, rows: page.rows, next: page.next };
		});
	}

	/** Forgets what was read, and what is being read. */
	clear(): void {
		this.#questions += 1;
		Object.assign(this, {
			first: null,
			rows: [],
			next: null,
			loaded: false,
			loading: false,
			error: null
		});
	}

	/** Reads again as far as was read before, so that what is on screen stays there. Nobody waits for it. */
	again(): Promise<void> {
		return this.#refresh.request();
	}

	showMore(): Promise<void> {
		const after = this.next;
		if (after === null || this.loading) return Promise.resolve();
		return this.#ask(async () => {
			const page = await this.#page(after);
			return { first: this.first, rows: [...this.rows, ...page.rows], next: page.next };
		});
	}

	#ask(work: () => Promise<Known<Row, Next, Page>>): Promise<void> {
		const mine = this.#questions;
		this.loading = true;
		this.#asked = this.#read(work).finally(() => {
			if (mine === this.#questions) this.loading = false;
		});
		return this.#asked;
	}

	/** What is asked for meanwhile goes first, and is read again too. */
	async #readAgain(): Promise<Known<Row, Next, Page>> {
		const known: Known<Row, Next, Page> = { first: null, rows: [], next: null };
		do {
			const page = await this.#page(known.next);
			await this.#asked;
			known.first ??= page;
			known.rows = [...known.rows, ...page.rows];
			known.next = page.next;
		} while (known.next !== null && known.rows.length < this.rows.length);
		return known;
	}

	/** Runs one reading, which counts unless another question was asked meanwhile. */
	async #read(work: () => Promise<Known<Row, Next, Page>>): Promise<void> {
		const mine = this.#questions;
		try {
			const known = await work();
			if (mine !== this.#questions) return;
			Object.assign(this, known);
			this.loaded = true;
			this.error = null;
		} catch (refusal) {
			if (mine === this.#questions) this.error = HostError.from(refusal);
		}
	}
}

type Known<Row, Next, Page> = { first: Page | null; rows: Row[]; next: Next | null };

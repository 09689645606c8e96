import type { Counted } from '$lib/bindings/Counted';
import type { ReviewChange } from '$lib/bindings/ReviewChange';
import type { ReviewChangePage } from '$lib/bindings/ReviewChangePage';
import type { ReviewKind } from '$lib/bindings/ReviewKind';
import type { Host } from '$lib/host';
import { SvelteSet } from 'svelte/reactivity';
import { HostError } from '$lib/hostError';
import { Paged, type PageOf } from './paged.svelte';
import { Question } from './question.svelte';

type Totals = Omit<ReviewChangePage, 'changes' | 'next'>;
/** With how much there is to look at. */
type ChangeRows = PageOf<ReviewChange, number> & Totals;

const NONE: Counted = { count: 0, or_more: false };
const sum = ({ added, ended, rights }: Totals): Counted => ({
	count: added.count + ended.count + rights.count,
	or_more: added.or_more || ended.or_more || rights.or_more
});

/** What has changed since a person last looked. What comes while somebody looks waits to be asked for, so that it is not marked unseen. */
export class ReviewChanges {
	readonly #host: Host;
	/** Only these; all of them when null. */
	kind = $state<ReviewKind | null>(null);
	readonly list: Paged<ReviewChange, number, ChangeRows>;
	/** Those that are unfolded, by number. */
	readonly expanded = new SvelteSet<number>();
	#waiting = $state.raw<Counted>(NONE);
	/** Whether something has come since the list was begun. */
	moreCame = $state(false);
	busy = $state(false);
	error = $state.raw<HostError | null>(null);
	/** Whether to mark all that was counted, so many, though not all of it was listed. */
	readonly markingAll = new Question((_: number) => this.#mark(this.totals?.last ?? 0));
	onMarked: () => void = () => undefined;

	constructor(host: Host) {
		this.#host = host;
		this.list = new Paged(async (after) => {
			const page = await host.reviewChanges(this.kind, after ?? 0);
			const { changes: rows, ...totals } = page;
			return { rows, ...totals };
		});
	}

	/** How much there was to look at when the list was begun. */
	get totals(): Totals | null {
		return this.list.first;
	}

	/** All that was counted then. */
	total = $derived(this.totals ? sum(this.totals) : NONE);
	/** All that is counted now. */
	get waiting(): Counted {
		return this.#waiting;
	}

	begin(): Promise<void> {
		this.moreCame = false;
		return this.list.begin();
	}

	show(kind: ReviewKind | null): Promise<void> {
		this.kind = kind;
		return this.begin();
	}

	/** Somebody comes to look, or comes back: the list as it is now, as far as it was read. */
	again(): Promise<void> {
		this.moreCame = false;
		return this.list.again();
	}

	/** Counts, and looks whether something has come; the list stays as it is. */
	async look(): Promise<void> {
		const listed = this.#listed;
		try {
			const page = await this.#host.reviewChanges(null, listed);
			this.#waiting = sum(page);
			const isCurrent = this.list.loaded && !this.list.loading && this.#listed === listed;
			if (isCurrent) this.moreCame = page.changes.length > 0;
		} catch (refusal) {
			this.error = HostError.from(refusal);
		}
	}

	/** Marks what is listed, and nothing else. */
	async markListed(): Promise<void> {
		const last = this.list.rows.at(-1);
		if (!last || this.kind !== null || this.busy) return;
		this.busy = true;
		try {
			await this.#mark(last.number);
			this.error = null;
		} catch (refusal) {
			this.error = HostError.from(refusal);
		} finally {
			this.busy = false;
		}
	}

	/** The last change that is listed or was counted with the list. */
	get #listed(): number {
		return Math.max(this.totals?.last ?? 0, this.list.rows.at(-1)?.number ?? 0);
	}

	async #mark(upTo: number): Promise<void> {
		await this.#host.markReviewed(upTo);
		await this.begin();
		await this.look();
		this.onMarked();
	}
}

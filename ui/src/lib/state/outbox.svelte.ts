import { SvelteMap } from 'svelte/reactivity';
import type { ErrandChoice } from '$lib/bindings/ErrandChoice';
import type { ErrandView } from '$lib/bindings/ErrandView';
import type { OutboxSummary } from '$lib/bindings/OutboxSummary';
import { isExpired, isLeftIn, isOver, revokes } from '$lib/format/errands';
import { unique } from '$lib/format/unique';
import type { Host } from '$lib/host';
import { HostError } from '$lib/hostError';
import { Coalesced } from './coalesced';
import { Question } from './question.svelte';
import type { Ticker } from './ticker.svelte';

/** How long what has ended while somebody looked stays to be seen. */
const LINGER_MS = 60_000;
/** Of so many that end between two looks it is asked what became of them; more are only counted. */
const ASKED_AFTER = 20;

const NOTHING: OutboxSummary = { not_yet_revoked: 0, waiting: 0, conflicts: 0, alarms: 0 };

/** Something that has ended, and when that was noticed. */
type Ended = { errand: ErrandView; noticed: number };

/** What was asked for on any platform and is not seen to be done. */
export class Outbox {
	readonly #host: Host;
	readonly #ticker: Ticker;
	#open = $state.raw<ErrandView[]>([]);
	readonly #ended = new SvelteMap<number, Ended>();
	/** What is followed to its end, whether or not it is listed. */
	readonly #watched = new SvelteMap<number, ErrandView>();
	/** What a person has chosen about: they know how it ended. */
	// eslint-disable-next-line svelte/prefer-svelte-reactivity -- bookkeeping that nothing renders
	readonly #chosen = new Set<number>();
	readonly #busy = new SvelteMap<number, ErrandChoice | 'withdraw'>();
	readonly #errors = new SvelteMap<number, HostError>();
	readonly #again = new Coalesced(() => this.#readAgain());
	/** Whether somebody looks at the page. */
	#shown = false;
	summary = $state.raw<OutboxSummary>(NOTHING);
	/** Where the list goes on; null at its end. */
	next = $state<number | null>(null);
	loaded = $state(false);
	loading = $state(false);
	error = $state.raw<HostError | null>(null);
	/** Whether to take back what shuts somebody out: a device stays let in, a request goes on. */
	readonly withdrawal = new Question((errand: ErrandView) => this.#withdraw(errand));
	/** Whether to do what cannot be undone about something that failed. */
	readonly choice = new Question(({ errand, choice }: Chosen) => this.#choose(errand, choice));
	/** Something is over. */
	onEnded: (errand: ErrandView) => void = () => undefined;
	/** Something waits for a person's choice from now on. */
	onFailed: (errand: ErrandView) => void = () => undefined;

	constructor(host: Host, ticker: Ticker) {
		this.#host = host;
		this.#ticker = ticker;
	}

	conflicts = $derived(this.#open.filter(({ state }) => state.kind === 'failed'));
	#going = $derived(this.#open.filter(({ state }) => state.kind !== 'failed'));
	/** What has ended while somebody looked stays in its place for a while; what was not sent in time, until somebody has looked. */
	ended = $derived.by(() =>
		[...this.#ended.values()]
			.filter(({ errand, noticed }) => isExpired(errand) || noticed + LINGER_MS > this.#ticker.now)
			.map(({ errand }) => errand)
	);
	#seen = $derived([...this.#going, ...this.ended].sort((a, b) => a.id - b.id));
	revocations = $derived(this.#seen.filter(revokes));
	others = $derived(this.#seen.filter((errand) => !revokes(errand)));
	isEmpty = $derived(this.conflicts.length + this.#seen.length === 0 && this.next === null);

	/** What goes out before this one can: what was asked of the same thing earlier. */
	before(errand: ErrandView): ErrandView | undefined {
		return this.#going.find(
			({ id, platform, subject }) =>
				id < errand.id && platform === errand.platform && subject === errand.subject
		);
	}

	/** Follows these to their end. */
	watch(errands: ErrandView[]): void {
		for (const errand of errands) this.#watched.set(errand.id, errand);
	}

	/** How something that is followed stands. */
	watched(id: number): ErrandView | undefined {
		return this.#open.find((errand) => errand.id === id) ?? this.#watched.get(id);
	}

	busy(id: number): ErrandChoice | 'withdraw' | null {
		return this.#busy.get(id) ?? null;
	}

	errorOf(id: number): HostError | null {
		return this.#errors.get(id) ?? null;
	}

	/** Something stands otherwise. */
	apply(summary: OutboxSummary): Promise<void> {
		this.summary = summary;
		return this.load();
	}

	/** Reads again, as far as it had been read. */
	load(): Promise<void> {
		return this.#again.request();
	}

	async showMore(): Promise<void> {
		const after = this.next;
		if (after === null || this.loading) return;
		this.loading = true;
		try {
			const page = await this.#host.listOutbox(after);
			if (this.next !== after) return;
			this.#open = [...this.#open, ...page.errands];
			this.next = page.next;
			this.error = null;
		} catch (refusal) {
			this.error = HostError.from(refusal);
		} finally {
			this.loading = false;
		}
	}

	/** Somebody looks. What it holds is kept current by events, unless it could not be read. */
	async enter(): Promise<void> {
		this.#shown = true;
		if (this.error) await this.load();
	}

	/** The page is left: nobody needs to be told any more what has just ended. */
	leave(): void {
		this.#shown = false;
		this.#ended.clear();
		this.#errors.clear();
	}

	/** Takes back what was never sent. Of a revocation, and of what has ended something else, it is asked first. */
	withdraw(errand: ErrandView): Promise<void> {
		if (!revokes(errand) && !errand.overtook)
			return this.#attempt(errand, 'withdraw', () => this.#withdraw(errand));
		this.withdrawal.ask(errand);
		return Promise.resolve();
	}

	/** Does what a person chose. Where that is a revocation, or leaves a device let in that was to be revoked, it is asked first. */
	choose(errand: ErrandView, choice: ErrandChoice): Promise<void> {
		if (asksFirst(errand, choice)) {
			this.choice.ask({ errand, choice });
			return Promise.resolve();
		}
		return this.#attempt(errand, choice, () => this.#choose(errand, choice));
	}

	async #withdraw({ id }: ErrandView): Promise<void> {
		this.#over(await this.#host.withdrawErrand(id));
		await this.load();
	}

	async #choose({ id }: ErrandView, choice: ErrandChoice): Promise<void> {
		this.#chosen.add(id);
		try {
			await this.#host.chooseErrand(id, choice);
		} catch (refusal) {
			this.#chosen.delete(id);
			throw refusal;
		}
		await this.load();
	}

	async #attempt(
		{ id }: ErrandView,
		what: ErrandChoice | 'withdraw',
		work: () => Promise<void>
	): Promise<void> {
		if (this.#busy.has(id)) return;
		this.#busy.set(id, what);
		this.#errors.delete(id);
		try {
			await work();
		} catch (refusal) {
			this.#errors.set(id, HostError.from(refusal));
			// It may have gone out meanwhile.
			await this.load();
		} finally {
			this.#busy.delete(id);
		}
	}

	async #readAgain(): Promise<void> {
		const wanted = Math.max(this.#open.length, 1);
		try {
			const errands: ErrandView[] = [];
			let after: number | null = 0;
			do {
				const page = await this.#host.listOutbox(after);
				errands.push(...page.errands);
				after = page.next;
				this.summary = page.summary;
			} while (after !== null && errands.length < wanted);
			const before = this.#open;
			this.#open = errands;
			this.next = after;
			this.error = null;
			if (this.loaded) await this.#follow(before);
			this.loaded = true;
		} catch (refusal) {
			this.error = HostError.from(refusal);
		}
	}

	/** Finds out what became of what is listed no more, and tells what has failed. */
	async #follow(before: ErrandView[]): Promise<void> {
		const now = (id: number) => this.#open.find((errand) => errand.id === id);
		const last = this.next === null ? Infinity : (this.#open.at(-1)?.id ?? 0);
		for (const { id, state } of before) {
			const failed = state.kind === 'failed' ? undefined : now(id);
			if (failed?.state.kind === 'failed') this.onFailed(failed);
		}
		const known = (id: number) => now(id) ?? (this.#chosen.has(id) || this.#ended.has(id));
		const gone = before.filter(({ id }) => id <= last && !known(id));
		const asked = unique([
			...gone.slice(0, ASKED_AFTER).map(({ id }) => id),
			...[...this.#watched.values()]
				.filter((errand) => !isOver(errand) && !now(errand.id))
				.map(({ id }) => id)
		]);
		for (const id of asked) {
			const errand = await this.#host.showErrand(id);
			if (isOver(errand)) this.#over(errand);
			else if (this.#watched.has(id)) this.#watched.set(id, errand);
		}
	}

	#over(errand: ErrandView): void {
		this.#open = this.#open.filter(({ id }) => id !== errand.id);
		if (this.#watched.has(errand.id)) this.#watched.set(errand.id, errand);
		if (this.#shown || isExpired(errand))
			this.#ended.set(errand.id, { errand, noticed: this.#ticker.now });
		this.onEnded(errand);
	}
}

type Chosen = { errand: ErrandView; choice: ErrandChoice };

const asksFirst = (errand: ErrandView, choice: ErrandChoice): boolean =>
	choice === 'revoke_returned' || (choice === 'leave' && isLeftIn(errand));

import { SvelteSet } from 'svelte/reactivity';
import type { ReviewChange } from '$lib/bindings/ReviewChange';
import type { Tombstone } from '$lib/bindings/Tombstone';
import type { Host } from '$lib/host';
import { Coalesced } from './coalesced';
import { Elsewhere } from './elsewhere.svelte';
import { KeyReturns } from './keyReturns.svelte';
import { Paged } from './paged.svelte';
import { ReviewChanges } from './reviewChanges.svelte';
import { ReviewDevices } from './reviewDevices.svelte';
import type { Ticker } from './ticker.svelte';

export const reviewParts = ['devices', 'changes', 'revoked'] as const;
export type ReviewPart = (typeof reviewParts)[number];

/** The part that an address names. */
export const reviewPart = (part: string): ReviewPart =>
	reviewParts.find((known) => known === part) ?? 'devices';

/** Looks after an event: what the window hears of at once is in the file a moment later. */
const LOOKS = 2;

/** Who is in, what has changed, and who is out, over all platforms. It outlives the page, so that its place is found again. */
export class Review {
	readonly devices: ReviewDevices;
	readonly changes: ReviewChanges;
	/** What the words that devices are searched by find besides. */
	readonly elsewhere: Elsewhere;
	readonly tombstones: Paged<Tombstone, number>;
	/** What is looked for among them. */
	tombstoneWords = $state('');
	/** Those that are unfolded, by number. */
	readonly unfoldedTombstones = new SvelteSet<number>();
	readonly returns: KeyReturns;
	/** The part on screen; null while another page is. */
	#part: ReviewPart | null = null;
	#looks = 0;
	readonly #reread: Coalesced;
	/** How far down each part was left. */
	readonly #tops: Partial<Record<ReviewPart, number>> = {};

	constructor(host: Host, ticker: Ticker) {
		this.devices = new ReviewDevices(host);
		this.changes = new ReviewChanges(host);
		this.elsewhere = new Elsewhere(host, () => this.devices.filter.words);
		this.tombstones = new Paged(async (before) => {
			const page = await host.listTombstones(this.tombstoneWords.trim() || null, before);
			return { rows: page.tombstones, next: page.next };
		});
		this.returns = new KeyReturns(host);
		this.#reread = new Coalesced(() => this.#read(), ticker);
		ticker.onTick(() => {
			if (this.#looks === 0) return;
			this.#looks -= 1;
			void this.#reread.request();
		});
	}

	/** Where the part that is on screen was left. */
	get top(): number {
		return (this.#part && this.#tops[this.#part]) ?? 0;
	}

	/** Somebody has moved the page. */
	moved(top: number): void {
		if (this.#part) this.#tops[this.#part] = top;
	}

	/** Looks for these words among devices and in everything else. */
	async search(words: string): Promise<void> {
		const narrowed = this.devices.narrow({ words });
		await Promise.all([narrowed, this.elsewhere.begin()]);
	}

	/** Everybody who is let in, with no words to look for. */
	async showAll(): Promise<void> {
		const narrowed = this.devices.showAll();
		await Promise.all([narrowed, this.elsewhere.begin()]);
	}

	searchTombstones(words: string): Promise<void> {
		this.tombstoneWords = words;
		return this.tombstones.begin();
	}

	async enter(part: ReviewPart): Promise<void> {
		this.#part = part;
		const listed = part === 'changes' ? this.changes.again() : Promise.resolve();
		await Promise.all([listed, this.#read()]);
	}

	leave(): void {
		this.#part = null;
		this.devices.copied = null;
		if (this.tombstoneWords !== '') this.tombstones.clear();
		this.tombstoneWords = '';
	}

	/** Unfolds a change with what is known of its device, or folds it. */
	async unfold({ number, device }: ReviewChange): Promise<void> {
		const { expanded } = this.changes;
		if (expanded.delete(number)) return;
		expanded.add(number);
		if (device) await this.devices.look(device);
	}

	unfoldTombstone({ number }: Tombstone): void {
		if (!this.unfoldedTombstones.delete(number)) this.unfoldedTombstones.add(number);
	}

	/** Something has happened on a platform. However much that is, it is looked at once a second, or as often as looking takes. */
	heard(): void {
		this.#looks = LOOKS;
	}

	async #read(): Promise<void> {
		const reads = [this.returns.load()];
		if (this.#part !== null) reads.push(this.changes.look());
		if (this.#part === 'devices') reads.push(this.devices.load(), this.elsewhere.again());
		if (this.#part === 'revoked') reads.push(this.tombstones.again());
		await Promise.all(reads);
	}
}

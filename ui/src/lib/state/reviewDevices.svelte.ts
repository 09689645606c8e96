import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import type { ReviewCounts } from '$lib/bindings/ReviewCounts';
import type { ReviewDevice } from '$lib/bindings/ReviewDevice';
import type { ReviewedDevice } from '$lib/bindings/ReviewedDevice';
import type { ReviewMark } from '$lib/bindings/ReviewMark';
import type { Host } from '$lib/host';
import { HostError } from '$lib/hostError';
import { Coalesced } from './coalesced';
import { Paged, type PageOf } from './paged.svelte';
import { Question } from './question.svelte';
import { EVERYBODY_IN, reviewQuery, type ReviewFilter } from './reviewFilter';

type ReviewDeviceRows = PageOf<ReviewDevice, string> & { ordered: boolean };

/** Names a device among those of all platforms. */
export const keyOf = ({ platform, device }: ReviewDevice): string => `${platform}/${device.id}`;

/** The devices of all platforms as they were last heard of. */
export class ReviewDevices {
	readonly #host: Host;
	filter = $state.raw<ReviewFilter>(EVERYBODY_IN);
	counts = $state.raw<ReviewCounts | null>(null);
	error = $state.raw<HostError | null>(null);
	readonly list: Paged<ReviewDevice, string, ReviewDeviceRows>;
	readonly expanded = new SvelteSet<string>();
	readonly #details = new SvelteMap<string, ReviewedDevice>();
	readonly #recount = new Coalesced(() => this.#count());
	/** What was last copied from a device's details. */
	copied = $state<string | null>(null);
	/** The name of the group that is being typed for the device in question. */
	group = $state('');
	readonly grouping = new Question((device: ReviewDevice) => this.#put(device));

	constructor(host: Host) {
		this.#host = host;
		this.list = new Paged(async (after) => {
			const page = await host.reviewDevices(reviewQuery(this.filter, after));
			return { rows: page.devices, next: page.next, ordered: page.ordered };
		});
	}

	/** Whether they are in the order asked for. */
	get ordered(): boolean {
		return this.list.first?.ordered ?? true;
	}

	/** Reads again as far as was read, and what is unfolded. */
	async load(): Promise<void> {
		const unfolded = this.list.rows.filter((device) => this.expanded.has(keyOf(device)));
		await Promise.all([
			this.list.again(),
			this.#recount.request(),
			...unfolded.map((device) => this.look(device))
		]);
	}

	async narrow(change: Partial<ReviewFilter>): Promise<void> {
		this.filter = { ...this.filter, ...change };
		await Promise.all([this.list.begin(), this.#recount.request()]);
	}

	/** Everybody who is let in, in the order that was chosen. */
	showAll(): Promise<void> {
		const { sort, silentDays } = this.filter;
		return this.narrow({ ...EVERYBODY_IN, sort, silentDays });
	}

	toggleMark(mark: ReviewMark): Promise<void> {
		const { marks } = this.filter;
		const others = marks.filter((other) => other !== mark);
		return this.narrow({ marks: others.length < marks.length ? others : [...marks, mark] });
	}

	async toggle(device: ReviewDevice): Promise<void> {
		const key = keyOf(device);
		if (this.expanded.delete(key)) return;
		this.expanded.add(key);
		await this.look(device);
	}

	/** What was read of an unfolded device besides its row. */
	details(device: ReviewDevice): ReviewedDevice | undefined {
		return this.#details.get(keyOf(device));
	}

	askForGroup(device: ReviewDevice): void {
		this.group = device.group ?? '';
		this.grouping.ask(device);
	}

	async copy(text: string): Promise<void> {
		await this.#attempt(async () => {
			await this.#host.copyText(text);
			this.copied = text;
		});
	}

	async #put({ platform, device }: ReviewDevice): Promise<void> {
		const group = this.group.trim() || null;
		const put = await this.#host.putInGroup(platform, device.id, group);
		this.#details.set(keyOf(put.device), put);
		await Promise.all([this.list.again(), this.#recount.request()]);
	}

	/** Reads what is told of a device when it is unfolded. */
	async look(row: ReviewDevice): Promise<void> {
		await this.#attempt(async () => {
			const found = await this.#host.reviewDevice(row.platform, row.device.id);
			this.#details.set(keyOf(row), found);
		});
	}

	async #count(): Promise<void> {
		await this.#attempt(async () => {
			this.counts = await this.#host.reviewCounts(reviewQuery({ ...this.filter, words: '' }, null));
		});
	}

	async #attempt(work: () => Promise<void>): Promise<void> {
		try {
			await work();
			this.error = null;
		} catch (refusal) {
			this.error = HostError.from(refusal);
		}
	}
}

import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import type { Pairing } from '$lib/bindings/Pairing';
import type { PlatformRequest } from '$lib/bindings/PlatformRequest';
import type { PlatformHost } from '$lib/host';
import { HostError } from '$lib/hostError';
import { Coalesced } from './coalesced';
import { secondsUntil } from './pairings';
import type { Ticker } from './ticker.svelte';

export type Decision = 'approve' | 'deny';

const progress = {
	waiting: 0,
	approved: 1,
	completed: 2,
	denied: 2,
	cancelled: 2,
	expired: 2,
	open: 0
};

/** Whether a person who looked at one has not seen the other. */
function differs(a: PlatformRequest, b: PlatformRequest): boolean {
	return (
		a.public_key !== b.public_key ||
		a.other_keys !== b.other_keys ||
		a.name !== b.name ||
		a.permissions.join() !== b.permissions.join() ||
		JSON.stringify(a.gateway) !== JSON.stringify(b.gateway)
	);
}

/** At a gateway a device goes by its key, so that it comes back under the same id when it asks anew. */
const asksAgain = (known: PlatformRequest, request: PlatformRequest): boolean =>
	request.gateway !== undefined &&
	request.status === 'waiting' &&
	known.status !== 'waiting' &&
	request.asked_at > known.asked_at;

/** Devices that ask to be let in, and what became of those that asked while the window was open. */
export class Requests {
	readonly #host: PlatformHost;
	readonly #ticker: Ticker;
	readonly #byId = new SvelteMap<string, PlatformRequest>();
	/** Requests that are not what the person has been looking at. */
	readonly #changed = new SvelteSet<string>();
	readonly #deciding = new SvelteMap<string, Decision>();
	readonly #errors = new SvelteMap<string, HostError>();
	readonly #reread: Coalesced;
	loaded = $state(false);
	error = $state.raw<HostError | null>(null);
	onAsked: (request: PlatformRequest) => void = () => undefined;

	constructor(host: PlatformHost, ticker: Ticker) {
		this.#host = host;
		this.#ticker = ticker;
		this.#reread = new Coalesced(() => this.load(), ticker);
	}

	/** As they are now, the longest waiting first. */
	all = $derived.by(() =>
		[...this.#byId.values()]
			.map((request) => this.#now(request))
			.sort((a, b) => a.asked_at.localeCompare(b.asked_at) || a.id.localeCompare(b.id))
	);

	waiting = $derived(this.all.filter(({ status }) => status === 'waiting'));

	find(id: string): PlatformRequest | undefined {
		return this.all.find((request) => request.id === id);
	}

	secondsLeft(request: PlatformRequest): number {
		return secondsUntil(request.expires_at, this.#ticker.now);
	}

	/** Whether it is no longer what the person has been looking at. */
	isChanged(id: string): boolean {
		return this.#changed.has(id);
	}

	deciding(id: string): Decision | null {
		return this.#deciding.get(id) ?? null;
	}

	errorOf(id: string): HostError | null {
		return this.#errors.get(id) ?? null;
	}

	/** An event: it says nothing of what was asked for here. */
	hear(request: PlatformRequest): void {
		const known = this.#byId.get(request.id);
		this.apply(known?.pending ? { ...request, pending: known.pending } : request);
	}

	/** Something that was asked for stands otherwise. */
	async lookAgain(): Promise<void> {
		if (this.loaded) await this.#reread.request();
	}

	apply(request: PlatformRequest): void {
		const known = this.#byId.get(request.id);
		if (!known && request.status !== 'waiting') return;
		const again = known !== undefined && asksAgain(known, request);
		if (known && !again && progress[known.status] > progress[request.status]) return;
		if (again) this.#forget(request.id);
		if (known?.status === 'waiting' && request.status === 'waiting' && differs(known, request))
			this.#changed.add(request.id);
		this.#byId.set(request.id, request);
		if ((!known || again) && this.loaded) this.onAsked(request);
	}

	/** What became of the pairing became of the request; when a device joins, nothing else is said of it. */
	follow({ id, status }: Pairing): void {
		const known = this.#byId.get(id);
		if (known && progress[status] > progress[known.status])
			this.#byId.set(id, { ...known, status });
	}

	/** Reads all that wait. One that is no longer among them keeps its last known state until the page is left. */
	async load(): Promise<void> {
		try {
			const listed: string[] = [];
			let after: string | null = null;
			do {
				const page = await this.#host.listRequests(after);
				for (const request of page.requests) this.apply(request);
				listed.push(...page.requests.map(({ id }) => id));
				after = page.next;
			} while (after !== null);
			this.#missed(listed);
			this.loaded = true;
			this.error = null;
		} catch (refusal) {
			this.error = HostError.from(refusal);
		}
	}

	/** The person has compared again. */
	lookedAgain(id: string): void {
		this.#forget(id);
	}

	/** Lets in exactly who and what was shown. */
	approve(seen: PlatformRequest): Promise<void> {
		if (this.isChanged(seen.id)) return Promise.resolve();
		const { id, public_key, permissions } = seen;
		return this.#decide(id, 'approve', () =>
			this.#host.approveRequest(id, { public_key, permissions })
		);
	}

	deny(seen: PlatformRequest): Promise<void> {
		const { id, public_key, permissions } = seen;
		return this.#decide(id, 'deny', () => this.#host.denyRequest(id, { public_key, permissions }));
	}

	/** The page is left: what is decided needs no card any more. */
	leave(): void {
		for (const { id, status } of this.all) if (status !== 'waiting') this.#byId.delete(id);
	}

	async #decide(
		id: string,
		decision: Decision,
		work: () => Promise<PlatformRequest>
	): Promise<void> {
		if (this.#deciding.has(id)) return;
		this.#deciding.set(id, decision);
		this.#errors.delete(id);
		try {
			this.apply(await work());
		} catch (refusal) {
			const error = HostError.from(refusal);
			this.#errors.set(id, error);
			if (error.code === 'request_gone') {
				this.#deciding.delete(id);
				await this.load();
			}
			if (error.code === 'request_changed') {
				await this.load();
				this.#changed.add(id);
			}
		} finally {
			this.#deciding.delete(id);
		}
	}

	/** A gateway tells of no single request: what it no longer lists has ended, was withdrawn, or is decided elsewhere. */
	#missed(listed: string[]): void {
		for (const [id, request] of this.#byId) {
			const gone = request.gateway && request.status === 'waiting' && !listed.includes(id);
			if (!gone || this.#deciding.has(id)) continue;
			const status = this.secondsLeft(request) === 0 ? 'expired' : 'cancelled';
			this.#byId.set(id, { ...request, status });
		}
	}

	#forget(id: string): void {
		this.#changed.delete(id);
		this.#errors.delete(id);
	}

	/** Nobody can decide any more once its time is over, whether or not word has come. */
	#now(request: PlatformRequest): PlatformRequest {
		const over = secondsUntil(request.expires_at, this.#ticker.now) === 0;
		return over && progress[request.status] < 2 ? { ...request, status: 'expired' } : request;
	}
}

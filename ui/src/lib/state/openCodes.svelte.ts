import { SvelteMap } from 'svelte/reactivity';
import type { Pairing } from '$lib/bindings/Pairing';
import type { PlatformHost } from '$lib/host';
import { HostError } from '$lib/hostError';
import { merged, statusAt } from './pairings';
import { Question } from './question.svelte';
import type { Ticker } from './ticker.svelte';

/** Every pairing heard of, and among them the codes that still work. */
export class OpenCodes {
	readonly #host: PlatformHost;
	readonly #ticker: Ticker;
	readonly #byId = new SvelteMap<string, Pairing>();
	error = $state.raw<HostError | null>(null);
	readonly cancellation = new Question((pairing: Pairing) => this.#cancel(pairing));

	constructor(host: PlatformHost, ticker: Ticker) {
		this.#host = host;
		this.#ticker = ticker;
	}

	open = $derived.by(() =>
		[...this.#byId.values()]
			.filter((pairing) => statusAt(pairing, this.#ticker.now) === 'open')
			.sort((a, b) => b.created_at.localeCompare(a.created_at) || b.id.localeCompare(a.id))
	);

	get(id: string): Pairing | undefined {
		return this.#byId.get(id);
	}

	apply(pairing: Pairing): Pairing {
		const latest = merged(this.#byId.get(pairing.id), pairing);
		this.#byId.set(pairing.id, latest);
		return latest;
	}

	/** Reads the list, newest first, for as long as pages still hold open codes. */
	async load(): Promise<void> {
		try {
			let after: string | null = null;
			do {
				const page = await this.#host.listPairings(after);
				for (const pairing of page.pairings) this.apply(pairing);
				const anyOpen = page.pairings.some(({ status }) => status === 'open');
				after = anyOpen ? page.next : null;
			} while (after !== null);
			this.error = null;
		} catch (refusal) {
			this.error = HostError.from(refusal);
		}
	}

	async #cancel(pairing: Pairing): Promise<void> {
		this.apply(await this.#host.cancelPairing(pairing.id));
	}
}

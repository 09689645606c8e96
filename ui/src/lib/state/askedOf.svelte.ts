import { SvelteMap } from 'svelte/reactivity';
import type { ErrandView } from '$lib/bindings/ErrandView';
import { isOver } from '$lib/format/errands';
import type { PlatformHost } from '$lib/host';

/** What was asked for of devices that are unfolded, and is over: what is not is with the device itself. */
export class AskedOf {
	readonly #host: PlatformHost;
	readonly #byId = new SvelteMap<string, ErrandView[]>();

	constructor(host: PlatformHost) {
		this.#host = host;
	}

	/** The latest first. */
	of(id: string): ErrandView[] {
		return this.#byId.get(id) ?? [];
	}

	/** What cannot be read is left out: a device is shown without its history as well, and the journal has it. */
	async load(id: string): Promise<void> {
		try {
			this.#byId.set(id, (await this.#host.listAskedOf(id)).filter(isOver));
		} catch {
			this.#byId.delete(id);
		}
	}

	/** Reads it anew for each of these. */
	async again(ids: Iterable<string>): Promise<void> {
		await Promise.all([...ids].map((id) => this.load(id)));
	}
}

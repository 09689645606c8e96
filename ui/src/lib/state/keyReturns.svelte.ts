import { SvelteSet } from 'svelte/reactivity';
import type { AlarmView } from '$lib/bindings/AlarmView';
import type { Host } from '$lib/host';
import { HostError } from '$lib/hostError';
import { Coalesced } from './coalesced';

/** Keys of devices that are over which came back, until somebody has looked. */
export class KeyReturns {
	readonly #host: Host;
	readonly #reread = new Coalesced(() => this.#read());
	all = $state.raw<AlarmView[]>([]);
	error = $state.raw<HostError | null>(null);
	readonly acknowledging = new SvelteSet<number>();
	#loaded = false;
	onReturned: (returned: AlarmView) => void = () => undefined;

	constructor(host: Host) {
		this.#host = host;
	}

	load(): Promise<void> {
		return this.#reread.request();
	}

	async acknowledge({ number }: AlarmView): Promise<void> {
		if (this.acknowledging.has(number)) return;
		this.acknowledging.add(number);
		try {
			await this.#host.acknowledgeAlarm(number);
			await this.load();
		} catch (refusal) {
			this.error = HostError.from(refusal);
		} finally {
			this.acknowledging.delete(number);
		}
	}

	async #read(): Promise<void> {
		try {
			const known = this.all.map(({ number }) => number);
			this.all = await this.#host.listAlarms();
			this.error = null;
			const news = this.all.filter(({ number }) => !known.includes(number));
			if (this.#loaded) news.forEach(this.onReturned);
			this.#loaded = true;
		} catch (refusal) {
			this.error = HostError.from(refusal);
		}
	}
}

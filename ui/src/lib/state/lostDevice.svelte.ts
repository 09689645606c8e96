import type { ErrandView } from '$lib/bindings/ErrandView';
import type { KeyPlace } from '$lib/bindings/KeyPlace';
import type { PlatformDevice } from '$lib/bindings/PlatformDevice';
import type { Host } from '$lib/host';
import { HostError } from '$lib/hostError';
import type { Outbox } from './outbox.svelte';
import { Question } from './question.svelte';

/** What was asked for when a device was lost. */
type Asked = { name: string; ids: number[] };

/** A device is lost: it is to be shut out on every platform that knows its key. */
export class LostDevice {
	readonly #host: Host;
	readonly #outbox: Outbox;
	/** Where its key is known; null until that was read. */
	places = $state.raw<KeyPlace[] | null>(null);
	placesError = $state.raw<HostError | null>(null);
	reason = $state('');
	#asked = $state.raw<Asked | null>(null);
	readonly question = new Question((device: PlatformDevice) => this.#revoke(device));

	constructor(host: Host, outbox: Outbox) {
		this.#host = host;
		this.#outbox = outbox;
	}

	/** What the device was called that was reported last. */
	name = $derived(this.#asked?.name ?? null);
	/** Where each of its revocations stands. */
	errands = $derived.by((): ErrandView[] =>
		(this.#asked?.ids ?? [])
			.map((id) => this.#outbox.watched(id))
			.filter((errand) => errand !== undefined)
	);

	async ask(device: PlatformDevice): Promise<void> {
		this.reason = '';
		this.places = null;
		this.placesError = null;
		this.question.ask(device);
		try {
			const places = await this.#host.keyPlaces(device.key_fingerprint);
			if (this.question.about?.id === device.id) this.places = places;
		} catch (refusal) {
			this.placesError = HostError.from(refusal);
		}
	}

	/** What became of it was read. */
	forget(): void {
		this.#asked = null;
	}

	async #revoke({ name, key_fingerprint }: PlatformDevice): Promise<void> {
		const reason = this.reason.trim() || null;
		const errands = await this.#host.revokeEverywhere(key_fingerprint, reason);
		this.#outbox.watch(errands);
		this.#asked = { name, ids: errands.map(({ id }) => id) };
		await this.#outbox.load();
	}
}

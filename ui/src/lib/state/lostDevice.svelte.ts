import type { ErrandView } from '$lib/bindings/ErrandView';
import type { KeyPlace } from '$lib/bindings/KeyPlace';
import type { PlatformDevice } from '$lib/bindings/PlatformDevice';
import { isGone, isOver, revokes } from '$lib/format/errands';
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

	/** What is left to do. Of revocations it counts who may still be let in, of denials who still asks. */
	#left = $derived(
		this.errands.filter((errand) =>
			revokes(errand)
				? errand.state.kind !== 'verified' && !isGone(errand)
				: !isOver(errand) && !isGone(errand)
		)
	);
	standing = $derived.by((): 'let_in' | 'asks' | 'out' => {
		if (this.#left.some(revokes)) return 'let_in';
		return this.#left.length > 0 ? 'asks' : 'out';
	});
	/** Whether any of it goes on without anybody. */
	goesOn = $derived(this.#left.some((errand) => !isOver(errand) && errand.state.kind !== 'failed'));

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

import { SvelteSet } from 'svelte/reactivity';
import type { ChangeDevices } from '$lib/bindings/ChangeDevices';
import type { ChangeOutcome } from '$lib/bindings/ChangeOutcome';
import type { PlatformDevice } from '$lib/bindings/PlatformDevice';
import type { PlatformHost } from '$lib/host';
import { HostError } from '$lib/hostError';
import { tagsFrom } from './deviceEdit.svelte';
import { Question } from './question.svelte';
import type { Undo } from './undo.svelte';

/** So many devices are changed by one call: each call is all or nothing, and between two there is something to tell. */
const AT_ONCE = 100;

type Keeper = {
	apply(device: PlatformDevice): void;
	readonly undo: Undo;
	readonly visible: PlatformDevice[];
	error: HostError | null;
};

/** What can be done to many devices. */
export type BulkAction = ChangeDevices['action'];

/** What is to be done to the chosen devices. */
export type Bulk = { action: BulkAction; ids: string[] };

/** Devices that were chosen to be changed together, and what became of each. */
export class DeviceSelection {
	readonly #host: PlatformHost;
	readonly #keeper: Keeper;
	/** Whether devices are being chosen. */
	on = $state(false);
	readonly ids = new SvelteSet<string>();
	reason = $state('');
	tags = $state('');
	/** How many are done while it happens. */
	done = $state(0);
	outcomes = $state.raw<ChangeOutcome[] | null>(null);
	readonly question = new Question((bulk: Bulk) => this.#change(bulk));

	constructor(host: PlatformHost, keeper: Keeper) {
		this.#host = host;
		this.#keeper = keeper;
	}

	/** Those that are chosen and still to be seen: what is out of sight is never changed. */
	chosen = $derived.by(() => this.#keeper.visible.filter(({ id }) => this.ids.has(id)));
	isAll = $derived.by(
		() => this.chosen.length > 0 && this.chosen.length === this.#keeper.visible.length
	);
	refused = $derived((this.outcomes ?? []).filter(({ outcome }) => outcome === 'refused'));

	begin(): void {
		this.on = true;
		this.outcomes = null;
		this.ids.clear();
	}

	end(): void {
		this.on = false;
		this.ids.clear();
		this.outcomes = null;
	}

	toggle(id: string): void {
		if (!this.ids.delete(id)) this.ids.add(id);
	}

	toggleAll(): void {
		const all = this.isAll;
		this.ids.clear();
		if (!all) for (const { id } of this.#keeper.visible) this.ids.add(id);
	}

	ask(action: BulkAction): void {
		if (this.chosen.length === 0) return;
		this.reason = '';
		this.tags = '';
		this.done = 0;
		this.outcomes = null;
		this.question.ask({ action, ids: this.chosen.map(({ id }) => id) });
	}

	async #change({ action, ids }: Bulk): Promise<void> {
		const outcomes: ChangeOutcome[] = [];
		this.done = 0;
		for (let start = 0; start < ids.length; start += AT_ONCE) {
			const part = ids.slice(start, start + AT_ONCE);
			const answer = await this.#host.changeDevices(this.#form(action, part));
			for (const { device } of answer.outcomes) if (device) this.#keeper.apply(device);
			outcomes.push(...answer.outcomes);
			this.done = outcomes.length;
			this.outcomes = outcomes;
		}
		this.ids.clear();
		if (action === 'disable') this.#offerUndo(outcomes);
	}

	#form(action: BulkAction, device_ids: string[]): ChangeDevices {
		switch (action) {
			case 'enable':
				return { action, device_ids };
			case 'add_tags':
			case 'remove_tags':
				return { action, device_ids, tags: tagsFrom(this.tags) };
			default:
				return { action, device_ids, reason: this.reason.trim() || null };
		}
	}

	/** Those that were disabled just now can be enabled again; those that were so before are left. */
	#offerUndo(outcomes: ChangeOutcome[]): void {
		const changed = outcomes.filter(({ outcome }) => outcome === 'changed');
		const ids = changed.map(({ device_id }) => device_id);
		if (ids.length === 0) return;
		this.#keeper.undo.offer({ what: 'many', count: ids.length }, async () => {
			try {
				await this.#change({ action: 'enable', ids });
				this.#keeper.error = null;
			} catch (refusal) {
				this.#keeper.error = HostError.from(refusal);
			}
		});
	}
}

import { SvelteSet } from 'svelte/reactivity';
import type { ChangeDevices } from '$lib/bindings/ChangeDevices';
import type { ChangeOutcome } from '$lib/bindings/ChangeOutcome';
import type { ErrandIntent } from '$lib/bindings/ErrandIntent';
import type { ErrandView } from '$lib/bindings/ErrandView';
import type { OutcomeKind } from '$lib/bindings/OutcomeKind';
import type { PlatformDevice } from '$lib/bindings/PlatformDevice';
import { isNotYetRevoked } from '$lib/format/errands';
import type { PlatformHost } from '$lib/host';
import { HostError } from '$lib/hostError';
import { tagsFrom } from './deviceEdit.svelte';
import { Question } from './question.svelte';
import type { Undo } from './undo.svelte';

/** So many devices are changed by one call: each call is all or nothing, and between two there is something to tell. */
const AT_ONCE = 100;

type Keeper = {
	hear(device: PlatformDevice): void;
	find(id: string): PlatformDevice | undefined;
	readonly undo: Undo;
	readonly visible: PlatformDevice[];
	error: HostError | null;
};

/** What can be done to many devices. */
export type BulkAction = ChangeDevices['action'];

/** What is to be done to the chosen devices. */
export type Bulk = { action: BulkAction; ids: string[] };

/** What each action is once it is asked for of one device. */
const asked: Record<BulkAction, ErrandIntent['kind']> = {
	revoke: 'revoke',
	disable: 'disable',
	enable: 'enable',
	add_tags: 'edit_tags',
	remove_tags: 'edit_tags'
};

/** Whether a device is as it was wanted. */
function isSo({ status, tags }: PlatformDevice, form: ChangeDevices): boolean {
	switch (form.action) {
		case 'revoke':
			return status === 'revoked';
		case 'disable':
			return status === 'disabled';
		case 'enable':
			return status === 'active';
		case 'add_tags':
			return form.tags.every((tag) => tags.includes(tag));
		case 'remove_tags':
			return !form.tags.some((tag) => tags.includes(tag));
	}
}

/** Whether it may be changed together with others: not this app itself, and of a gateway nobody who is out. */
export const isChoosable = ({ gateway, status }: PlatformDevice): boolean =>
	!gateway || (!gateway.this_app && status !== 'revoked');

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
	/** What was asked for last, and what came of it. */
	#form = $state.raw<ChangeDevices | null>(null);
	outcomes = $state.raw<ChangeOutcome[] | null>(null);
	readonly question = new Question((bulk: Bulk) => this.#change(bulk));

	constructor(host: PlatformHost, keeper: Keeper) {
		this.#host = host;
		this.#keeper = keeper;
	}

	/** Those that are chosen and still to be seen: what is out of sight is never changed. */
	#choosable = $derived.by(() => this.#keeper.visible.filter(isChoosable));
	chosen = $derived.by(() => this.#choosable.filter(({ id }) => this.ids.has(id)));
	isAll = $derived.by(
		() => this.chosen.length > 0 && this.chosen.length === this.#choosable.length
	);
	refused = $derived((this.outcomes ?? []).filter(({ outcome }) => outcome === 'refused'));
	revokes = $derived(this.#form?.action === 'revoke');

	/** How far the change of one of them has come by now. Nothing counts as made that still waits or was not seen. */
	stands({ device_id, outcome }: ChangeOutcome): OutcomeKind {
		const device = this.#keeper.find(device_id);
		const form = this.#form;
		if (!device || !form || outcome === 'refused' || outcome === 'unchanged') return outcome;
		const isOpen = (errand: ErrandView) =>
			this.revokes ? isNotYetRevoked(errand) : errand.intent.kind === asked[form.action];
		if (device.pending?.some(isOpen)) return 'queued';
		return outcome === 'queued' && isSo(device, form) ? 'changed' : outcome;
	}

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
		if (!all) for (const { id } of this.#choosable) this.ids.add(id);
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
			const form = this.#formOf(action, part);
			const answer = await this.#host.changeDevices(form);
			// They come without what was asked for of them, like events.
			for (const { device } of answer.outcomes) if (device) this.#keeper.hear(device);
			this.#form = form;
			outcomes.push(...answer.outcomes);
			this.done = outcomes.length;
			this.outcomes = outcomes;
		}
		this.ids.clear();
		if (action === 'disable') this.#offerUndo(outcomes);
	}

	#formOf(action: BulkAction, device_ids: string[]): ChangeDevices {
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

	/** Those that were disabled just now can be enabled again; those that were so before, or only will be, are left. */
	#offerUndo(outcomes: ChangeOutcome[]): void {
		const ids = outcomes
			.filter(({ outcome, device }) => outcome === 'changed' && device?.status === 'disabled')
			.map(({ device_id }) => device_id);
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

import type { ActivityCheck } from '$lib/bindings/ActivityCheck';
import type { BundleCheck } from '$lib/bindings/BundleCheck';
import type { Export } from '$lib/bindings/Export';
import type { Exported } from '$lib/bindings/Exported';
import type { JournalActor } from '$lib/bindings/JournalActor';
import type { JournalEntry } from '$lib/bindings/JournalEntry';
import type { Host } from '$lib/host';
import { HostError } from '$lib/hostError';
import { Paged } from './paged.svelte';
import { Tasks } from './tasks.svelte';

export type JournalTask = 'verify' | 'export' | 'bundle';

/** What a person did on this computer, newest first, as far as it was read. It is about all platforms. */
export class Journal {
	readonly #host: Host;
	readonly list: Paged<JournalEntry, number>;
	readonly tasks = new Tasks<JournalTask>();
	actor = $state<JournalActor | null>(null);
	action = $state<string | null>(null);
	words = $state('');
	/** The fingerprint of the key that signs bundles; `null` before the first one, `undefined` until it is read. */
	signing = $state<string | null>();
	#signingError = $state.raw<HostError | null>(null);
	/** Outcomes, until the page is left. */
	check = $state.raw<ActivityCheck | null>(null);
	exported = $state.raw<Exported | null>(null);
	bundle = $state.raw<BundleCheck | null>(null);

	constructor(host: Host) {
		this.#host = host;
		this.list = new Paged(async (before) => {
			const { actor, action } = this;
			const search = this.words.trim() || null;
			const { entries: rows, next } = await host.listJournal({ actor, action, search, before });
			return { rows, next };
		});
	}

	isFiltered = $derived(this.actor !== null || this.action !== null || this.words.trim() !== '');

	get error(): HostError | null {
		return this.tasks.error ?? this.list.error ?? this.#signingError;
	}

	/** Reads from the newest on, as far as it was read. */
	async load(): Promise<void> {
		await Promise.all([this.list.again(), this.#readSigning()]);
	}

	filter(change: {
		actor?: JournalActor | null;
		action?: string | null;
		words?: string;
	}): Promise<void> {
		Object.assign(this, change);
		return this.list.begin();
	}

	showAll(): Promise<void> {
		return this.filter({ actor: null, action: null, words: '' });
	}

	verify(): Promise<void> {
		return this.#run('verify', async () => {
			this.check = await this.#host.verifyJournal();
		});
	}

	export(what: Export): Promise<void> {
		return this.#run('export', async () => {
			this.exported = await this.#host.exportRecords(what);
			// That it was written is itself written down.
			if (this.exported) await this.load();
		});
	}

	checkBundle(): Promise<void> {
		return this.#run('bundle', async () => {
			this.bundle = await this.#host.verifyBundle();
		});
	}

	leave(): void {
		this.check = null;
		this.exported = null;
		this.bundle = null;
	}

	async #readSigning(): Promise<void> {
		try {
			this.signing = await this.#host.signingFingerprint();
			this.#signingError = null;
		} catch (refusal) {
			this.#signingError = HostError.from(refusal);
		}
	}

	#run(task: JournalTask, work: () => Promise<void>): Promise<void> {
		if (this.tasks.any) return Promise.resolve();
		this.leave();
		return this.tasks.run(task, work);
	}
}

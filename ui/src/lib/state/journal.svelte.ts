import type { ActivityCheck } from '$lib/bindings/ActivityCheck';
import type { BundleCheck } from '$lib/bindings/BundleCheck';
import type { Export } from '$lib/bindings/Export';
import type { Exported } from '$lib/bindings/Exported';
import type { JournalActor } from '$lib/bindings/JournalActor';
import type { JournalEntry } from '$lib/bindings/JournalEntry';
import type { Host } from '$lib/host';
import { HostError } from '$lib/hostError';

export type JournalTask = 'verify' | 'export' | 'bundle';

/** What a person did on this computer, newest first, as far as it was read. It is about all platforms. */
export class Journal {
	readonly #host: Host;
	entries = $state.raw<JournalEntry[]>([]);
	next = $state<number | null>(null);
	loaded = $state(false);
	loading = $state(false);
	error = $state.raw<HostError | null>(null);
	busy = $state<JournalTask | null>(null);
	actor = $state<JournalActor | null>(null);
	action = $state<string | null>(null);
	/** The fingerprint of the key that signs bundles; `null` before the first one. */
	signing = $state<string | null>(null);
	/** Outcomes, until the page is left. */
	check = $state.raw<ActivityCheck | null>(null);
	exported = $state.raw<Exported | null>(null);
	bundle = $state.raw<BundleCheck | null>(null);
	#loads = 0;

	constructor(host: Host) {
		this.#host = host;
	}

	isFiltered = $derived(this.actor !== null || this.action !== null);

	/** Reads from the newest on. */
	async load(): Promise<void> {
		await Promise.all([this.#read(null), this.#readSigning()]);
	}

	showMore(): Promise<void> {
		return this.next === null || this.loading ? Promise.resolve() : this.#read(this.next);
	}

	filter(change: { actor?: JournalActor | null; action?: string | null }): Promise<void> {
		Object.assign(this, change);
		return this.#read(null);
	}

	showAll(): Promise<void> {
		return this.filter({ actor: null, action: null });
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

	/** One page; what a later read has begun makes an earlier one's answer worthless. */
	async #read(before: number | null): Promise<void> {
		const mine = ++this.#loads;
		this.loading = true;
		try {
			const { actor, action } = this;
			const page = await this.#host.listJournal({ actor, action, before });
			if (mine !== this.#loads) return;
			this.entries = before === null ? page.entries : [...this.entries, ...page.entries];
			this.next = page.next;
			this.loaded = true;
			this.error = null;
		} catch (refusal) {
			if (mine === this.#loads) this.error = HostError.from(refusal);
		} finally {
			if (mine === this.#loads) this.loading = false;
		}
	}

	async #readSigning(): Promise<void> {
		try {
			this.signing = await this.#host.signingFingerprint();
		} catch (refusal) {
			this.error = HostError.from(refusal);
		}
	}

	async #run(task: JournalTask, work: () => Promise<void>): Promise<void> {
		if (this.busy) return;
		this.busy = task;
		this.leave();
		try {
			this.error = null;
			await work();
		} catch (refusal) {
			this.error = HostError.from(refusal);
		} finally {
			this.busy = null;
		}
	}
}

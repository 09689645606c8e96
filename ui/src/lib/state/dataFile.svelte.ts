import type { BackupView } from '$lib/bindings/BackupView';
import type { DataFile as DataFileView } from '$lib/bindings/DataFile';
import type { Restored } from '$lib/bindings/Restored';
import type { Host } from '$lib/host';
import { HostError } from '$lib/hostError';
import { Question } from './question.svelte';

export type DataTask = 'back_up' | 'choose';

/** The file that this computer keeps of all platforms: copying it, and putting a copy in its place. */
export class DataFile {
	readonly #host: Host;
	current = $state.raw<DataFileView | null>(null);
	error = $state.raw<HostError | null>(null);
	busy = $state<DataTask | null>(null);
	/** Outcomes, until the page is left. */
	backedUp = $state<string | null>(null);
	restored = $state.raw<Restored | null>(null);
	/** Whether to put this backup in the place of the file. */
	readonly restoring: Question<BackupView>;

	constructor(host: Host) {
		this.#host = host;
		this.restoring = new Question(async () => {
			this.restored = await host.restoreBackup();
			await this.load();
		});
	}

	async load(): Promise<void> {
		try {
			this.current = await this.#host.dataFile();
			this.error = null;
		} catch (refusal) {
			this.error = HostError.from(refusal);
		}
	}

	backUp(): Promise<void> {
		return this.#run('back_up', async () => {
			this.backedUp = await this.#host.backUp();
		});
	}

	/** Asks for a backup, and then whether it is to be put back. */
	chooseBackup(): Promise<void> {
		return this.#run('choose', async () => {
			const backup = await this.#host.chooseBackup();
			if (backup) this.restoring.ask(backup);
		});
	}

	leave(): void {
		this.backedUp = null;
		this.restored = null;
	}

	async #run(task: DataTask, work: () => Promise<void>): Promise<void> {
		if (this.busy) return;
		this.busy = task;
		this.error = null;
		this.leave();
		try {
			await work();
		} catch (refusal) {
			this.error = HostError.from(refusal);
		} finally {
			this.busy = null;
		}
	}
}

import type { BackupView } from '$lib/bindings/BackupView';
import type { DataFile as DataFileView } from '$lib/bindings/DataFile';
import type { Restored } from '$lib/bindings/Restored';
import type { Host } from '$lib/host';
import { Question } from './question.svelte';
import { Tasks } from './tasks.svelte';

export type DataTask = 'load' | 'back_up' | 'choose';

/** The file that this computer keeps of all platforms: copying it, and putting a copy in its place. */
export class DataFile {
	readonly #host: Host;
	current = $state.raw<DataFileView | null>(null);
	readonly tasks = new Tasks<DataTask>();
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

	load(): Promise<void> {
		return this.tasks.run('load', async () => {
			this.current = await this.#host.dataFile();
		});
	}

	/** Whether the system asks for a file: it does so once at a time. */
	get choosing(): boolean {
		return this.tasks.busy('back_up') || this.tasks.busy('choose');
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

	#run(task: DataTask, work: () => Promise<void>): Promise<void> {
		if (this.choosing) return Promise.resolve();
		this.leave();
		return this.tasks.run(task, work);
	}
}

import { SvelteSet } from 'svelte/reactivity';
import type { ErrandView } from '$lib/bindings/ErrandView';
import type { Refusal } from '$lib/bindings/Refusal';
import type { Host } from '$lib/host';
import { HostError } from '$lib/hostError';
import type { Platform } from './platform.svelte';
import { Question } from './question.svelte';

export const PLATFORM_NAME_LIMIT = 64;

/** A certificate to compare with what its platform's owner knows. */
export type Certificate = { platform: Platform; shown: string; accepted: string | null };

/** What a person changes about the platforms that are known. */
export class PlatformChanges {
	readonly #host: Host;
	/** A token, setup code or API key as typed; gone once it was taken. */
	credential = $state('');
	name = $state('');
	/** Whether the person says that the certificate was compared. */
	compared = $state(false);
	/** What was asked for at the platform to remove and ends with it; null until that was read. */
	waiting = $state.raw<ErrandView[] | null>(null);
	waitingError = $state.raw<HostError | null>(null);
	/** What removing a platform has left behind there. */
	left = $state.raw<Refusal | null>(null);
	error = $state.raw<HostError | null>(null);
	/** The command that was copied last. */
	copied = $state<string | null>(null);
	readonly trying = new SvelteSet<string>();
	readonly signIn = new Question((platform: Platform) => this.#signIn(platform));
	readonly certificate = new Question((certificate: Certificate) => this.#accept(certificate));
	readonly rename = new Question((platform: Platform) => this.#rename(platform));
	readonly removal = new Question((platform: Platform) => this.#remove(platform));

	constructor(host: Host) {
		this.#host = host;
	}

	askToSignIn(platform: Platform): void {
		this.credential = '';
		this.signIn.ask(platform);
	}

	askToCompare(certificate: Certificate): void {
		this.compared = false;
		this.certificate.ask(certificate);
	}

	askToRename(platform: Platform): void {
		this.name = platform.view.name;
		this.rename.ask(platform);
	}

	async askToRemove(platform: Platform): Promise<void> {
		this.left = null;
		this.waiting = null;
		this.waitingError = null;
		this.removal.ask(platform);
		try {
			const waiting = await this.#waitingFor(platform);
			if (this.removal.about === platform) this.waiting = waiting;
		} catch (refusal) {
			this.waitingError = HostError.from(refusal);
		}
	}

	async tryNow({ id }: Platform): Promise<void> {
		if (this.trying.has(id)) return;
		this.trying.add(id);
		await this.#attempt(() => this.#host.tryPlatformNow(id));
		this.trying.delete(id);
	}

	copy(text: string): Promise<void> {
		return this.#attempt(async () => {
			await this.#host.copyText(text);
			this.copied = text;
		});
	}

	async #waitingFor({ id }: Platform): Promise<ErrandView[]> {
		const found: ErrandView[] = [];
		let after: number | null = 0;
		do {
			const page = await this.#host.listOutbox(after);
			found.push(...page.errands.filter(({ platform }) => platform === id));
			after = page.next;
		} while (after !== null);
		return found;
	}

	async #signIn({ id }: Platform): Promise<void> {
		await this.#host.signInPlatform(id, this.credential.trim());
		this.credential = '';
	}

	async #accept({ platform, shown }: Certificate): Promise<void> {
		await this.#host.acceptCertificate(platform.id, shown);
	}

	async #rename({ id }: Platform): Promise<void> {
		await this.#host.renamePlatform(id, this.name.trim());
	}

	async #remove({ id }: Platform): Promise<void> {
		this.left = await this.#host.removePlatform(id);
	}

	async #attempt(work: () => Promise<unknown>): Promise<void> {
		try {
			await work();
			this.error = null;
		} catch (refusal) {
			this.error = HostError.from(refusal);
		}
	}
}

import type { ApiKey } from '$lib/bindings/ApiKey';
import type { ApiKeyCreated } from '$lib/bindings/ApiKeyCreated';
import type { Host } from '$lib/host';
import { HostError } from '$lib/hostError';
import { Interest } from './interest.svelte';
import { Question } from './question.svelte';
import type { Ticker } from './ticker.svelte';

export const API_KEY_NAME_LIMIT = 64;
/** A key is carried to a terminal, which takes longer than a glance; the program itself forgets it then. */
export const API_KEY_SECONDS = 600;

/** Keys for programs that make pairing codes. A new key is shown once, like a pairing code. */
export class ApiKeys {
	readonly #host: Host;
	readonly #ticker: Ticker;
	readonly interest: Interest;
	keys = $state.raw<ApiKey[]>([]);
	loaded = $state(false);
	name = $state('');
	nameMissing = $state(false);
	creating = $state(false);
	shown = $state.raw<ApiKeyCreated | null>(null);
	error = $state.raw<HostError | null>(null);
	readonly revocation = new Question((key: ApiKey) => this.#revoke(key));
	#copiedUntil = $state(0);
	#away = false;

	constructor(host: Host, ticker: Ticker) {
		this.#host = host;
		this.#ticker = ticker;
		this.interest = new Interest(ticker, () => this.hide(), API_KEY_SECONDS);
	}

	copiedSeconds = $derived.by(() =>
		Math.max(0, Math.ceil((this.#copiedUntil - this.#ticker.now) / 1000))
	);

	async load(): Promise<void> {
		await this.#guard(async () => {
			this.keys = await this.#host.listApiKeys();
			this.loaded = true;
		});
	}

	async create(): Promise<void> {
		const name = this.name.trim();
		this.nameMissing = name === '';
		if (this.nameMissing || this.creating) return;
		this.creating = true;
		this.#away = false;
		await this.#guard(async () => {
			const created = await this.#host.createApiKey(name);
			this.hide();
			this.keys = [created.api_key, ...this.keys];
			this.name = '';
			this.shown = created;
			if (this.#away) this.hide();
			else this.interest.watch();
		});
		this.creating = false;
	}

	async copy(): Promise<void> {
		const shown = this.shown;
		if (!shown) return;
		await this.#guard(async () => {
			const { clears_in_seconds } = await this.#host.copyApiKey(shown.api_key.id);
			this.#ticker.tick();
			this.#copiedUntil = this.#ticker.now + clears_in_seconds * 1000;
		});
	}

	/** Takes the key off the screen and out of memory. */
	hide(): void {
		const shown = this.shown;
		if (!shown) return;
		this.shown = null;
		this.#copiedUntil = 0;
		this.interest.stop();
		void this.#guard(() => this.#host.hideApiKey(shown.api_key.id));
	}

	leave(): void {
		this.#away = true;
		this.hide();
	}

	async #revoke(key: ApiKey): Promise<void> {
		const revoked = await this.#host.revokeApiKey(key.id);
		if (this.shown?.api_key.id === revoked.id) this.hide();
		this.keys = this.keys.map((known) => (known.id === revoked.id ? revoked : known));
	}

	async #guard(work: () => Promise<void>): Promise<void> {
		try {
			await work();
			this.error = null;
		} catch (refusal) {
			this.error = HostError.from(refusal);
		}
	}
}

import { SvelteSet } from 'svelte/reactivity';
import type { ApiKey } from '$lib/bindings/ApiKey';
import type { ApiKeyCreated } from '$lib/bindings/ApiKeyCreated';
import type { RoleChoice } from '$lib/bindings/RoleChoice';
import type { PlatformHost } from '$lib/host';
import { HostError } from '$lib/hostError';
import { ApiKeyForm } from './apiKeyForm.svelte';
import { Interest } from './interest.svelte';
import { News } from './news';
import { Question } from './question.svelte';
import type { Ticker } from './ticker.svelte';

/** A key is carried to a terminal, which takes longer than a glance; the program itself forgets it then. */
export const API_KEY_SECONDS = 600;
/** From here on a key is said to end soon. */
export const ENDS_SOON_MS = 7 * 24 * 3600 * 1000;

/** Minutes that the former secret may go on working beside the new one. */
export const OVERLAPS = [0, 60, 1440];

export type KeyState = 'active' | 'ends_soon' | 'expired' | 'revoked';
export type KeyCopy = 'key' | 'line';

export function keyStateAt(key: ApiKey, now: number): KeyState {
	if (key.revoked_at !== null) return 'revoked';
	const left = key.expires_at === null ? Infinity : Date.parse(key.expires_at) - now;
	if (left <= 0) return 'expired';
	return left <= ENDS_SOON_MS ? 'ends_soon' : 'active';
}

/** Keys for programs. A new key is shown once, like a pairing code. */
export class ApiKeys {
	readonly #host: PlatformHost;
	readonly #ticker: Ticker;
	readonly #news = new News();
	readonly interest: Interest;
	readonly rotation = new Question((key: ApiKey) => this.#rotate(key));
	/** How long the former secret still works after a rotation, in minutes. */
	overlap = $state(60);
	readonly revocation = new Question((key: ApiKey) => this.#revoke(key));
	readonly expanded = new SvelteSet<string>();
	/** The form while it is open. */
	form = $state.raw<ApiKeyForm | null>(null);
	keys = $state.raw<ApiKey[]>([]);
	loaded = $state(false);
	creating = $state(false);
	shown = $state.raw<ApiKeyCreated | null>(null);
	error = $state.raw<HostError | null>(null);
	#copied = $state.raw<{ what: KeyCopy; until: number } | null>(null);
	#away = false;

	constructor(host: PlatformHost, ticker: Ticker) {
		this.#host = host;
		this.#ticker = ticker;
		this.interest = new Interest(ticker, () => this.hide(), API_KEY_SECONDS);
	}

	copied = $derived.by(() => {
		const copied = this.#copied;
		if (!copied || copied.until <= this.#ticker.now) return null;
		return { what: copied.what, seconds: Math.ceil((copied.until - this.#ticker.now) / 1000) };
	});

	async load(): Promise<void> {
		await this.#guard(async () => {
			await this.#news.ask(
				() => this.#host.listApiKeys(),
				(keys) => (this.keys = keys)
			);
			this.loaded = true;
		});
	}

	openForm(): void {
		this.form ??= new ApiKeyForm();
	}

	closeForm(): void {
		if (!this.creating) this.form = null;
	}

	async create(roles: RoleChoice[]): Promise<void> {
		if (this.creating) return;
		const request = this.form?.request(roles);
		if (!request) return;
		this.creating = true;
		this.#away = false;
		await this.#guard(async () => {
			const created = await this.#host.createApiKey(request);
			this.hide();
			this.#changed([created.api_key, ...this.keys]);
			this.form = null;
			this.shown = created;
			if (this.#away) this.hide();
			else this.interest.watch();
		});
		this.creating = false;
	}

	copyKey(): Promise<void> {
		return this.#copy('key', (id) => this.#host.copyApiKey(id));
	}

	/** Copies the line that tries the key, which holds it. */
	copyLine(line: string): Promise<void> {
		return this.#copy('line', () => this.#host.copyLine(line));
	}

	/** Takes the key off the screen and out of memory. */
	hide(): void {
		const shown = this.shown;
		if (!shown) return;
		this.shown = null;
		this.#copied = null;
		this.interest.stop();
		void this.#guard(() => this.#host.hideApiKey(shown.api_key.id));
	}

	leave(): void {
		this.#away = true;
		this.hide();
		this.closeForm();
	}

	toggle(id: string): void {
		if (!this.expanded.delete(id)) this.expanded.add(id);
	}

	async #copy(what: KeyCopy, copy: (id: string) => Promise<{ clears_in_seconds: number }>) {
		const shown = this.shown;
		if (!shown) return;
		await this.#guard(async () => {
			const { clears_in_seconds } = await copy(shown.api_key.id);
			this.#ticker.tick();
			this.#copied = { what, until: this.#ticker.now + clears_in_seconds * 1000 };
		});
	}

	async #rotate(key: ApiKey): Promise<void> {
		this.#away = false;
		const form = { overlap_minutes: this.overlap };
		const created = await this.#host.rotateApiKey(key.id, form);
		this.hide();
		this.#changed(this.keys.map((known) => (known.id === key.id ? created.api_key : known)));
		this.shown = created;
		if (this.#away) this.hide();
		else this.interest.watch();
	}

	async #revoke(key: ApiKey): Promise<void> {
		const revoked = await this.#host.revokeApiKey(key.id);
		if (this.shown?.api_key.id === revoked.id) this.hide();
		this.#changed(this.keys.map((known) => (known.id === revoked.id ? revoked : known)));
	}

	/** A list that is on its way was made before this. */
	#changed(keys: ApiKey[]): void {
		this.#news.heard();
		this.keys = keys;
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

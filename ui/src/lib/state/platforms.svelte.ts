import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import type { PlatformView } from '$lib/bindings/PlatformView';
import type { Host } from '$lib/host';
import { HostError } from '$lib/hostError';
import type { Platform } from './platform.svelte';
import { News } from './news';
import { PlatformAdding } from './platformAdding.svelte';
import { PlatformChanges } from './platformChanges.svelte';

/** The platform inside the app: it is always there, and first. */
export const EMBEDDED: PlatformView = {
	id: 'embedded',
	kind: 'embedded',
	name: '',
	address: null,
	pin: null,
	state: { kind: 'connecting' },
	capabilities: [],
	notice: null,
	as_of: null
};

/** The platforms the app knows, and the one that the pages are about. */
export class Platforms {
	readonly #host: Host;
	readonly #make: (view: PlatformView) => Platform;
	readonly #byId = new SvelteMap<string, Platform>();
	readonly #news = new News();
	readonly embedded: Platform;
	#current = $state(EMBEDDED.id);
	error = $state.raw<HostError | null>(null);
	readonly expanded = new SvelteSet<string>();
	readonly changes: PlatformChanges;
	readonly adding: PlatformAdding;

	constructor(host: Host, make: (view: PlatformView) => Platform) {
		this.#host = host;
		this.#make = make;
		this.changes = new PlatformChanges(host);
		this.adding = new PlatformAdding(host);
		this.embedded = make(EMBEDDED);
		this.#byId.set(EMBEDDED.id, this.embedded);
	}

	/** In the app's order: the embedded one, then as they were added. */
	all = $derived.by(() => [...this.#byId.values()]);
	current = $derived.by(() => this.#byId.get(this.#current) ?? this.embedded);
	/** Those that the pages are not about. */
	others = $derived(this.all.filter((platform) => platform !== this.current));

	find(id: string): Platform | undefined {
		return this.#byId.get(id);
	}

	/** Whether it is a gateway, which lets back in who holds its shared token. */
	isGateway(id: string): boolean {
		return this.find(id)?.view.kind === 'openclaw';
	}

	toggle(id: string): void {
		if (!this.expanded.delete(id)) this.expanded.add(id);
	}

	/** Makes the pages be about this one. */
	choose(id: string): void {
		if (this.#byId.has(id)) this.#current = id;
	}

	/** The platforms as they are now. */
	apply(views: PlatformView[]): Promise<void> {
		this.#news.heard();
		return this.#take(views);
	}

	async load(): Promise<void> {
		try {
			let taken = Promise.resolve();
			await this.#news.ask(
				() => this.#host.platforms(),
				(views) => (taken = this.#take(views))
			);
			await taken;
			this.error = null;
		} catch (refusal) {
			this.error = HostError.from(refusal);
		}
	}

	async #take(views: PlatformView[]): Promise<void> {
		const gone = [...this.#byId.keys()].filter((id) => !views.some((view) => view.id === id));
		for (const id of gone) if (id !== EMBEDDED.id) this.#byId.delete(id);
		await Promise.all(views.map((view) => this.#apply(view)));
	}

	async #apply(view: PlatformView): Promise<void> {
		const known = this.#byId.get(view.id);
		if (known) return known.apply(view);
		const platform = this.#make(view);
		this.#byId.set(view.id, platform);
		await platform.load();
	}
}

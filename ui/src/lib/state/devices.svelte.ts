import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import type { Device } from '$lib/bindings/Device';
import type { Host } from '$lib/host';
import { HostError } from '$lib/hostError';
import { Question } from './question.svelte';
import type { Ticker } from './ticker.svelte';

export const deviceFilters = ['all', 'connected', 'offline', 'disabled', 'revoked'] as const;
export type DeviceFilter = (typeof deviceFilters)[number];

const FRESH_MS = 6000;

const seenAt = (device: Device) => device.last_seen_at ?? device.paired_at;

/** Connected first, then the most recently seen. */
function byPresence(a: Device, b: Device): number {
	return (
		Number(b.connected) - Number(a.connected) ||
		seenAt(b).localeCompare(seenAt(a)) ||
		a.name.localeCompare(b.name) ||
		a.id.localeCompare(b.id)
	);
}

function passes(device: Device, filter: DeviceFilter): boolean {
	if (filter === 'all') return true;
	if (filter === 'revoked' || filter === 'disabled') return device.status === filter;
	return device.status === 'active' && device.connected === (filter === 'connected');
}

function matches(device: Device, words: string[]): boolean {
	const text = [
		device.id,
		device.name,
		device.device_type,
		device.last_address ?? '',
		device.key_fingerprint,
		...device.permissions
	]
		.join('\n')
		.toLowerCase();
	return words.every((word) => text.includes(word));
}

/** A report that is older than what is known: revoked is final, and no one is seen less recently. */
function isStale(report: Device, known: Device | undefined): boolean {
	if (!known) return false;
	if (known.status === 'revoked' && report.status !== 'revoked') return true;
	return (report.last_seen_at ?? '') < (known.last_seen_at ?? '');
}

/** The paired devices, kept current by events. */
export class Devices {
	readonly #host: Host;
	readonly #ticker: Ticker;
	readonly #byId = new SvelteMap<string, Device>();
	readonly #fresh = new SvelteMap<string, number>();
	// eslint-disable-next-line svelte/prefer-svelte-reactivity -- bookkeeping that nothing renders
	readonly #eventsWhileLoading = new Set<string>();
	#loads = 0;
	next = $state<string | null>(null);
	loaded = $state(false);
	loading = $state(false);
	error = $state.raw<HostError | null>(null);
	query = $state('');
	filter = $state<DeviceFilter>('all');
	/** What was last copied from a device's details. */
	copied = $state<string | null>(null);
	readonly expanded = new SvelteSet<string>();
	readonly revocation = new Question((device: Device) => this.#revoke(device));
	readonly disabling = new Question((device: Device) => this.#disable(device));
	/** Devices that are just being let in again. */
	readonly enabling = new SvelteSet<string>();
	onJoined: (device: Device) => void = () => undefined;
	onRevoked: (device: Device) => void = () => undefined;

	constructor(host: Host, ticker: Ticker) {
		this.#host = host;
		this.#ticker = ticker;
	}

	/** The device with this id, if it is known. */
	find(id: string): Device | undefined {
		return this.#byId.get(id);
	}

	/** Reads one device that is named elsewhere, if it is not known yet. */
	async learn(id: string): Promise<void> {
		if (this.#byId.has(id)) return;
		try {
			this.#take([await this.#host.showDevice(id)]);
		} catch {
			// It goes by its id then.
		}
	}

	all = $derived.by(() => [...this.#byId.values()].sort(byPresence));

	visible = $derived.by(() => {
		const words = this.query.toLowerCase().split(/\s+/).filter(Boolean);
		return this.all.filter((device) => passes(device, this.filter) && matches(device, words));
	});

	isFresh(id: string): boolean {
		return (this.#fresh.get(id) ?? -Infinity) + FRESH_MS > this.#ticker.now;
	}

	apply(device: Device): void {
		this.#eventsWhileLoading.add(device.id);
		const known = this.#byId.get(device.id);
		if (isStale(device, known)) return;
		this.#byId.set(device.id, device);
		if (!known && this.loaded && device.status === 'active' && this.#justPaired(device)) {
			this.#fresh.set(device.id, this.#ticker.now);
			this.onJoined(device);
		}
	}

	/** Reads the list again from the start, as far as it had been read. */
	async load(): Promise<void> {
		const wanted = Math.max(this.#byId.size, 1);
		await this.#read(async (isCurrent) => {
			const rows: Device[] = [];
			let after: string | null = null;
			do {
				const page = await this.#host.listDevices(after);
				rows.push(...page.devices);
				after = page.next;
			} while (after !== null && rows.length < wanted);
			if (!isCurrent()) return;
			// eslint-disable-next-line svelte/prefer-svelte-reactivity -- bookkeeping that nothing renders
			const listed = new Set(rows.map(({ id }) => id));
			for (const id of [...this.#byId.keys()]) {
				if (!listed.has(id) && !this.#eventsWhileLoading.has(id)) this.#byId.delete(id);
			}
			this.#take(rows);
			this.next = after;
			this.loaded = true;
		});
	}

	async showMore(): Promise<void> {
		const after = this.next;
		if (after === null || this.loading) return;
		await this.#read(async (isCurrent) => {
			const page = await this.#host.listDevices(after);
			if (!isCurrent()) return;
			this.#take(page.devices);
			this.next = page.next;
		});
	}

	showAll(): void {
		this.query = '';
		this.filter = 'all';
	}

	/** The list with this device alone, unfolded. */
	showOnly(id: string): void {
		this.filter = 'all';
		this.query = id;
		this.expanded.add(id);
	}

	toggle(id: string): void {
		if (!this.expanded.delete(id)) this.expanded.add(id);
	}

	async copy(text: string): Promise<void> {
		try {
			await this.#host.copyText(text);
			this.copied = text;
		} catch (refusal) {
			this.error = HostError.from(refusal);
		}
	}

	/** Lets a disabled device in again. */
	async enable(device: Device): Promise<void> {
		if (this.enabling.has(device.id)) return;
		this.enabling.add(device.id);
		try {
			this.apply(await this.#host.enableDevice(device.id));
			this.error = null;
		} catch (refusal) {
			this.error = HostError.from(refusal);
		} finally {
			this.enabling.delete(device.id);
		}
	}

	async #disable(device: Device): Promise<void> {
		this.apply(await this.#host.disableDevice(device.id));
	}

	async #revoke(device: Device): Promise<void> {
		const revoked = await this.#host.revokeDevice(device.id);
		this.apply(revoked);
		this.onRevoked(revoked);
	}

	/** Runs one read; a later `load` makes an earlier one's answer worthless. */
	async #read(work: (isCurrent: () => boolean) => Promise<void>): Promise<void> {
		const mine = ++this.#loads;
		this.loading = true;
		this.#eventsWhileLoading.clear();
		try {
			await work(() => mine === this.#loads);
			this.error = null;
		} catch (refusal) {
			if (mine === this.#loads) this.error = HostError.from(refusal);
		} finally {
			if (mine === this.#loads) this.loading = false;
		}
	}

	/** Rows from a list. What an event said meanwhile is newer. */
	#take(rows: Device[]): void {
		for (const device of rows) {
			const known = this.#byId.get(device.id);
			if (known && this.#eventsWhileLoading.has(device.id)) continue;
			if (!isStale(device, known)) this.#byId.set(device.id, device);
		}
	}

	#justPaired(device: Device): boolean {
		return this.#ticker.now - Date.parse(device.paired_at) < 30_000;
	}
}

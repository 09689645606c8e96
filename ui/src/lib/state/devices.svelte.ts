import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import type { PlatformDevice } from '$lib/bindings/PlatformDevice';
import type { DeviceSummary } from '$lib/bindings/DeviceSummary';
import { isNotYetRevoked, waits } from '$lib/format/errands';
import { unique } from '$lib/format/unique';
import type { PlatformHost } from '$lib/host';
import { HostError } from '$lib/hostError';
import { AskedOf } from './askedOf.svelte';
import { Coalesced } from './coalesced';
import { DeviceEdit } from './deviceEdit.svelte';
import { deviceQuery, EVERY_DEVICE, fits, narrows, type DeviceFilter } from './deviceFilter';
import { DeviceSelection } from './deviceSelection.svelte';
import { Paged } from './paged.svelte';
import { Question } from './question.svelte';
import type { Ticker } from './ticker.svelte';
import { RoleTokens } from './roleTokens.svelte';
import { Undo } from './undo.svelte';

const FRESH_MS = 6000;

/** A report that is older than what is known: revoked is final, and no one is seen or changed less recently. */
function isStale(report: PlatformDevice, known: PlatformDevice | undefined): boolean {
	// A gateway is always listed whole, its revisions are no count, and what it has removed may come back.
	if (!known || report.gateway) return false;
	if (known.status === 'revoked' && report.status !== 'revoked') return true;
	if (report.revision !== known.revision) return report.revision < known.revision;
	return (report.last_seen_at ?? '') < (known.last_seen_at ?? '');
}

/** A device as it is known, with what a list says was asked for of it. */
function withPending(known: PlatformDevice, { pending }: PlatformDevice): PlatformDevice {
	return { ...known, pending: pending ?? [] };
}

/** The paired devices: those known, kept current by events, and among them a list as the platform orders it. */
export class Devices {
	readonly #host: PlatformHost;
	readonly #ticker: Ticker;
	readonly #byId = new SvelteMap<string, PlatformDevice>();
	readonly #fresh = new SvelteMap<string, number>();
	/** Counts what is heard and what is asked, so that of two reports the newer one can be told. */
	#moment = 0;
	/** As of which moment a device is known. */
	// eslint-disable-next-line svelte/prefer-svelte-reactivity -- bookkeeping that nothing renders
	readonly #asOf = new Map<string, number>();
	/** The ids of those listed, in the platform's order. */
	readonly list: Paged<string, string>;
	readonly #reread: Coalesced;
	readonly #recount = new Coalesced(() => this.#count());
	summary = $state.raw<DeviceSummary | null>(null);
	filter = $state.raw<DeviceFilter>(EVERY_DEVICE);
	error = $state.raw<HostError | null>(null);
	/** What was last copied from a device's details. */
	copied = $state<string | null>(null);
	readonly expanded = new SvelteSet<string>();
	readonly asked: AskedOf;
	readonly undo = new Undo();
	readonly edit: DeviceEdit;
	readonly roleTokens: RoleTokens;
	/** The name that is being typed for the device in question. */
	name = $state('');
	readonly renaming = new Question((device: PlatformDevice) => this.#rename(device));
	readonly selection: DeviceSelection;
	/** Why the device in question is shut out, if somebody says. */
	reason = $state('');
	readonly revocation = new Question((device: PlatformDevice) => this.#revoke(device));
	readonly disabling = new Question((device: PlatformDevice) => this.#disable(device));
	/** Devices that are just being let in again. */
	readonly enabling = new SvelteSet<string>();
	/** Of what was a change asked for last that did not reach its platform at once. */
	#asked = $state<string | null>(null);
	onJoined: (device: PlatformDevice) => void = () => undefined;
	onRevoked: (device: PlatformDevice) => void = () => undefined;
	/** A revocation is asked for, and its device still let in. */
	onRevocationQueued: (device: PlatformDevice) => void = () => undefined;

	constructor(host: PlatformHost, ticker: Ticker) {
		this.#host = host;
		this.#ticker = ticker;
		this.list = new Paged(async (after) => {
			const asked = ++this.#moment;
			const { devices, next } = await this.#page(after);
			this.#take(devices, asked);
			return { rows: devices.map(({ id }) => id), next };
		});
		this.#reread = new Coalesced(() => this.load(), ticker);
		this.asked = new AskedOf(host);
		this.edit = new DeviceEdit(host, this);
		this.roleTokens = new RoleTokens(host, this);
		this.selection = new DeviceSelection(host, this);
	}

	/** The device with this id, if it is known. */
	find(id: string): PlatformDevice | undefined {
		return this.#byId.get(id);
	}

	/** Reads one device that is named elsewhere, if it is not known yet. */
	async learn(id: string): Promise<void> {
		if (this.#byId.has(id)) return;
		const asked = ++this.#moment;
		try {
			this.#take([await this.#host.showDevice(id)], asked);
		} catch {
			// It goes by its id then.
		}
	}

	/** The list; what has ceased to fit since it was read is left out. */
	visible = $derived.by(() =>
		unique(this.list.rows)
			.map((id) => this.#byId.get(id))
			.filter((device) => device !== undefined)
			.filter((device) => fits(device, this.filter))
	);

	/** The device whose change was asked for last, as long as that waits. */
	queued = $derived.by(() => {
		const device = this.#asked === null ? undefined : this.#byId.get(this.#asked);
		return device?.pending?.some(waits) ? device : null;
	});
	isFiltered = $derived(narrows(this.filter));
	/** Tags to offer: those that were seen. */
	tags = $derived(unique([...this.#byId.values()].flatMap(({ tags }) => tags)).sort());

	isFresh(id: string): boolean {
		return (this.#fresh.get(id) ?? -Infinity) + FRESH_MS > this.#ticker.now;
	}

	/** An event, or one of many that were changed: it says nothing of what was asked for here, nor what a gateway alone does. */
	hear(device: PlatformDevice): void {
		const { pending, gateway } = this.#byId.get(device.id) ?? {};
		this.apply({ ...(pending && { pending }), ...(gateway && { gateway }), ...device });
	}

	/** What came of a change. */
	answered(device: PlatformDevice): void {
		this.apply(device);
		const known = this.#byId.get(device.id);
		if (known) this.#byId.set(device.id, withPending(known, device));
		this.#asked = device.pending?.some(waits) ? device.id : null;
	}

	apply(device: PlatformDevice): void {
		this.#asOf.set(device.id, ++this.#moment);
		const known = this.#byId.get(device.id);
		if (isStale(device, known)) return;
		this.#byId.set(device.id, device);
		if (!this.list.loaded) return;
		if (known?.connected !== device.connected || known.status !== device.status)
			void this.#recount.request();
		if (this.#mayBelong(known, device)) void this.#reread.request();
		if (!known && device.status === 'active' && this.#justPaired(device)) {
			this.#fresh.set(device.id, this.#ticker.now);
			this.onJoined(device);
		}
	}

	/** Something that was asked for stands otherwise. */
	async lookAgain(): Promise<void> {
		if (!this.list.loaded) return;
		await this.#reread.request();
		await this.#lookAtUnlisted();
	}

	/** Reads the list again from the start, as far as it had been read, and counts. */
	async load(): Promise<void> {
		const asked = this.asked.again(this.expanded);
		await Promise.all([this.list.again(), this.#recount.request(), asked]);
	}

	narrow(change: Partial<DeviceFilter>): Promise<void> {
		this.filter = { ...this.filter, ...change };
		return this.list.begin();
	}

	showAll(): Promise<void> {
		return this.narrow({ ...EVERY_DEVICE, sort: this.filter.sort });
	}

	/** The list with this device alone, unfolded. */
	showOnly(id: string): Promise<void> {
		this.expanded.add(id);
		void this.asked.load(id);
		return this.narrow({ ...EVERY_DEVICE, words: id });
	}

	toggle(id: string): void {
		if (this.expanded.delete(id)) return;
		this.expanded.add(id);
		void this.asked.load(id);
	}

	/** The page is left. */
	leave(): void {
		this.undo.forget();
		this.#asked = null;
		this.selection.end();
	}

	async copy(text: string): Promise<void> {
		await this.#attempt(async () => {
			await this.#host.copyText(text);
			this.copied = text;
		});
	}

	/** Lets a disabled device in again. */
	async enable({ id }: PlatformDevice): Promise<void> {
		if (this.enabling.has(id)) return;
		this.enabling.add(id);
		await this.#attempt(async () => this.answered(await this.#host.enableDevice(id)));
		this.enabling.delete(id);
	}

	/** How many devices are connected over the network. */
	async connectedOverNetwork(): Promise<number> {
		let count = 0;
		let after: string | null = null;
		do {
			const page = await this.#host.listDevices(
				deviceQuery({ ...EVERY_DEVICE, standing: 'connected' }, this.#ticker.now, after)
			);
			count += page.devices.filter(({ last_address: from }) => !from?.startsWith('127.')).length;
			after = page.next;
		} while (after !== null);
		return count;
	}

	askToRename(device: PlatformDevice): void {
		this.name = device.name;
		this.renaming.ask(device);
	}

	ask(question: Question<PlatformDevice>, device: PlatformDevice): void {
		this.reason = '';
		this.#asked = null;
		question.ask(device);
	}

	async #rename({ id, revision }: PlatformDevice): Promise<void> {
		this.answered(await this.#host.editDevice(id, revision, { name: this.name.trim() }));
	}

	async #disable(device: PlatformDevice): Promise<void> {
		const reason = this.reason.trim() || null;
		const disabled = await this.#host.disableDevice(device.id, { reason });
		this.answered(disabled);
		if (disabled.status === 'disabled')
			this.undo.offer({ what: 'disabled', name: device.name }, () => this.enable(device));
	}

	async #revoke({ id }: PlatformDevice): Promise<void> {
		const revoked = await this.#host.revokeDevice(id, this.reason.trim() || null);
		this.answered(revoked);
		if (revoked.status !== 'revoked') this.onRevocationQueued(revoked);
		// What is not seen yet is told when it was.
		else if (!revoked.pending?.some(isNotYetRevoked)) this.onRevoked(revoked);
	}

	async #attempt(work: () => Promise<void>): Promise<void> {
		try {
			await work();
			this.error = null;
		} catch (refusal) {
			this.error = HostError.from(refusal);
		}
	}

	/** Of what the list does not bring any more, or not yet, it is asked one by one what became of it. */
	async #lookAtUnlisted(): Promise<void> {
		const open = [...this.#byId.values()].filter(
			({ id, pending }) => pending && pending.length > 0 && !this.list.rows.includes(id)
		);
		await Promise.all(open.map((device) => this.#lookAt(device)));
	}

	async #lookAt(known: PlatformDevice): Promise<void> {
		const asked = ++this.#moment;
		try {
			this.#take([await this.#host.showDevice(known.id)], asked);
		} catch (refusal) {
			// A gateway lists nobody who is out. Anything else is tried again with the next news.
			if (HostError.from(refusal).code !== 'not_found') return;
			this.#take([{ ...known, status: 'revoked', connected: false, pending: [] }], asked);
		}
	}

	#page(after: string | null) {
		return this.#host.listDevices(deviceQuery(this.filter, this.#ticker.now, after));
	}

	async #count(): Promise<void> {
		try {
			this.summary = await this.#host.deviceSummary();
		} catch (refusal) {
			this.error = HostError.from(refusal);
		}
	}

	/** Rows that were asked for at some moment. What was heard, or asked for, later is newer. */
	#take(rows: PlatformDevice[], asked: number): void {
		for (const device of rows) {
			const known = this.#byId.get(device.id);
			const isOld = (this.#asOf.get(device.id) ?? 0) > asked || isStale(device, known);
			// No event says what was asked for here; lists alone do.
			this.#byId.set(device.id, known && isOld ? withPending(known, device) : device);
			if (!isOld) this.#asOf.set(device.id, asked);
		}
	}

	/** Whether a device that is not listed may have to be, by what has just changed. */
	#mayBelong(known: PlatformDevice | undefined, device: PlatformDevice): boolean {
		if (this.list.rows.includes(device.id) || !fits(device, this.filter)) return false;
		const changed = known?.revision !== device.revision;
		return !known || !fits(known, this.filter) || (this.filter.words.trim() !== '' && changed);
	}

	#justPaired(device: PlatformDevice): boolean {
		return this.#ticker.now - Date.parse(device.paired_at) < 30_000;
	}
}

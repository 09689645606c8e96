import type { AddressChoice } from '$lib/bindings/AddressChoice';
import type { Capability } from '$lib/bindings/Capability';
import type { Event } from '$lib/bindings/Event';
import type { PlatformView } from '$lib/bindings/PlatformView';
import type { PlatformHost } from '$lib/host';
import { Activity } from './activity.svelte';
import { Alerts } from './alerts.svelte';
import { ApiKeys } from './apiKeys.svelte';
import { Coalesced } from './coalesced';
import { Devices } from './devices.svelte';
import { OpenCodes } from './openCodes.svelte';
import { PairForm } from './pairForm.svelte';
import { Pairing } from './pairing.svelte';
import { Requests } from './requests.svelte';
import type { Page } from './router.svelte';
import { SetupCode } from './setupCode.svelte';
import type { Ticker } from './ticker.svelte';

/** How devices reach a platform, as far as that is decided here. */
export type Reach = {
	readonly addresses: AddressChoice[];
	readonly nearby: boolean | null;
	/** Lets devices nearby in, if no one has decided yet. */
	decideNearby(): Promise<void>;
};

/** What a platform must be able to do, one of these, for a page to be of use; nothing is said of pages that always are. */
const NEEDED: Partial<Record<Page, Capability[]>> = {
	pair: ['pairing_codes', 'setup_codes'],
	requests: ['requests'],
	alerts: ['alerts'],
	activity: ['activity'],
	keys: ['api_keys']
};

/** One platform: what it says of itself, and everything it holds that the window has heard of. */
export class Platform {
	readonly id: string;
	view = $state.raw<PlatformView>() as PlatformView;
	readonly codes: OpenCodes;
	readonly pairing: Pairing;
	readonly setup: SetupCode;
	readonly devices: Devices;
	readonly apiKeys: ApiKeys;
	readonly requests: Requests;
	readonly alerts: Alerts;
	readonly activity: Activity;
	/** The page that somebody has looked at it on: until then only what cannot wait is read. */
	#page: Page | null = null;

	readonly #ticker: Ticker;
	readonly #reread: Coalesced;

	constructor(view: PlatformView, host: PlatformHost, ticker: Ticker, reach: Reach) {
		this.#ticker = ticker;
		this.#reread = new Coalesced(() => this.load(), ticker);
		this.id = view.id;
		this.view = view;
		this.codes = new OpenCodes(host, ticker);
		this.pairing = new Pairing(host, ticker, reach, this.codes, new PairForm());
		this.setup = new SetupCode(host, ticker);
		this.devices = new Devices(host, ticker);
		this.apiKeys = new ApiKeys(host, ticker);
		this.requests = new Requests(host, ticker);
		this.alerts = new Alerts(host);
		this.activity = new Activity(host, ticker);
		this.alerts.onDevice = (id) => void this.devices.learn(id);
	}

	/** The clock as pages show it. */
	get now(): number {
		return this.#ticker.now;
	}

	/** Whether it is the one inside this app, on this computer. */
	embedded = $derived(this.view.kind === 'embedded');
	connected = $derived(this.view.state.kind === 'connected');

	/** Whether there is something to know about it although it answers. */
	noticed = $derived(this.connected && this.view.notice !== null);

	/** Whether it can do something: as it said last, while it is away. */
	can(capability: Capability): boolean {
		return this.view.capabilities.includes(capability);
	}

	/** Whether what a page is for is nothing that it can do. The one inside this app has every page. */
	lacks(page: Page): boolean {
		const needs = NEEDED[page] ?? [];
		return !this.embedded && needs.length > 0 && !needs.some((capability) => this.can(capability));
	}

	/** What it says of itself now. One that has just come within reach is read anew. */
	async apply(view: PlatformView): Promise<void> {
		const before = this.connected;
		this.view = view;
		if (!this.connected || before) return;
		await this.load();
		if (this.#page) await this.enter(this.#page);
	}

	handle(event: Event): void {
		switch (event.type) {
			case 'pairing':
				this.codes.apply(event.pairing);
				this.requests.follow(event.pairing);
				break;
			case 'device':
				this.devices.hear(event.device);
				break;
			case 'request':
				this.requests.hear(event.request);
				break;
			case 'alert':
				this.alerts.apply(event.alert);
				break;
			case 'guess_failed':
				this.pairing.guessFailed(event.pairing_id, event.attempts_left);
				break;
			case 'resync':
				void this.#reread.request();
		}
	}

	/** Somebody looks at it, on this page. */
	async open(page: Page): Promise<void> {
		const first = this.#page === null;
		this.#page = page;
		if (first) await this.load();
		await this.enter(page);
	}

	/** Reads again what was read before. What it had when it was last read is listed without it; the rest waits for it. */
	async load(): Promise<void> {
		if (this.connected || this.#known) await this.#loadLists();
		// After the devices, so that those which alerts name need not be asked for one by one.
		if (this.#hasAlerts) await this.alerts.load();
	}

	async #loadLists(): Promise<void> {
		const reads = [];
		if (this.#page !== null) {
			reads.push(this.devices.load());
			if (this.connected) reads.push(this.setup.look());
			if (this.can('open_codes')) reads.push(this.codes.load());
			if (this.connected && this.can('api_keys')) reads.push(this.apiKeys.load());
		}
		if (this.can('requests')) reads.push(this.requests.load());
		await Promise.all(reads);
	}

	/** Something that was asked for here stands otherwise; the lists say of what. */
	async lookAtPending(): Promise<void> {
		await Promise.all([this.devices.lookAgain(), this.requests.lookAgain()]);
	}

	/** What a page shows that no event tells of. */
	async enter(page: Page): Promise<void> {
		this.#page = page;
		if (!this.connected && !this.#known) return;
		if (page === 'activity' && this.can('activity')) await this.activity.load();
		if (!this.connected) return;
		if (page === 'pair') await this.setup.look();
		if (page === 'alerts' && this.can('alert_rules')) await this.alerts.rules.load();
		// Whether a key was used is what a person looks for there.
		if (page === 'keys' && this.can('api_keys')) await this.apiKeys.load();
	}

	/** Alerts about a gateway are this app's own, and some are raised because it cannot be reached. */
	get #hasAlerts(): boolean {
		return this.can('alerts') && (this.connected || this.view.kind === 'openclaw');
	}

	/** Whether it was ever read, so that its lists are known without it. */
	get #known(): boolean {
		return this.view.as_of !== null;
	}

	/** The page is left: nothing secret stays behind. */
	leave(page: Page): void {
		if (page === 'pair') {
			this.pairing.leave();
			this.setup.leave();
		}
		if (page === 'devices') this.devices.leave();
		if (page === 'keys') this.apiKeys.leave();
		if (page === 'requests') this.requests.leave();
		if (page === 'activity') this.activity.leave();
	}

	/** Someone moved, typed or looked. */
	interest(): void {
		this.pairing.interest.shown();
		this.setup.interest.shown();
		this.apiKeys.interest.shown();
	}
}

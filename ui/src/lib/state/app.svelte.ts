import type { AppEvent } from '$lib/bindings/AppEvent';
import type { Clock } from '$lib/clock';
import type { Host } from '$lib/host';
import { HostError } from '$lib/hostError';
import { describeRule } from '$lib/format/alerts';
import { m } from '$lib/paraglide/messages';
import { Activity } from './activity.svelte';
import { Alerts } from './alerts.svelte';
import { Announcer } from './announcer.svelte';
import { ApiKeys } from './apiKeys.svelte';
import { Devices } from './devices.svelte';
import { OpenCodes } from './openCodes.svelte';
import { Overview } from './overview.svelte';
import { PairForm } from './pairForm.svelte';
import { Pairing } from './pairing.svelte';
import { Question } from './question.svelte';
import { Requests } from './requests.svelte';
import { Router } from './router.svelte';
import { ThemeChoice } from './theme.svelte';
import { Ticker } from './ticker.svelte';

export type AppParts = {
	host: Host;
	clock: Clock;
	hash?: string;
	darkQuery?: MediaQueryList | null;
};

/** All of the window's state, wired together once. */
export class App {
	readonly #host: Host;
	readonly ticker: Ticker;
	readonly router: Router;
	readonly theme: ThemeChoice;
	readonly announcer = new Announcer();
	readonly overview: Overview;
	readonly codes: OpenCodes;
	readonly pairing: Pairing;
	readonly devices: Devices;
	readonly apiKeys: ApiKeys;
	readonly requests: Requests;
	readonly alerts: Alerts;
	readonly activity: Activity;
	/** Whether to cut off the devices that are connected over the network, so many. */
	readonly nearbyOff = new Question((_: number) => this.overview.setNearby(false));
	/** Set when news cannot arrive: what is on screen may be old. */
	listenError = $state.raw<HostError | null>(null);

	constructor({ host, clock, hash, darkQuery }: AppParts) {
		this.#host = host;
		this.ticker = new Ticker(clock);
		this.router = new Router(hash);
		this.theme = new ThemeChoice(darkQuery ?? null);
		this.overview = new Overview(host);
		this.codes = new OpenCodes(host, this.ticker);
		this.pairing = new Pairing(host, this.ticker, this.overview, this.codes, new PairForm());
		this.devices = new Devices(host, this.ticker);
		this.apiKeys = new ApiKeys(host, this.ticker);
		this.requests = new Requests(host, this.ticker);
		this.alerts = new Alerts(host);
		this.activity = new Activity(host, this.ticker);

		this.router.onLeave = (left) => {
			if (left === 'pair') this.pairing.leave();
			if (left === 'devices') this.devices.leave();
			if (left === 'keys') this.apiKeys.leave();
			if (left === 'requests') this.requests.leave();
			if (left === 'activity') this.activity.leave();
			if (this.router.page === 'alerts') void this.alerts.rules.load();
			if (this.router.page === 'activity') void this.activity.load();
			// Whether a key was used is what a person looks for here.
			if (this.router.page === 'keys') void this.apiKeys.load();
		};
		this.requests.onAsked = ({ name }) => this.announcer.say(m.request_banner({ name }));
		this.alerts.onRaised = ({ rule }) =>
			this.announcer.say(m.alert_banner({ rule: describeRule(rule).name }));
		this.alerts.onDevice = (id) => void this.devices.learn(id);
		this.devices.onJoined = ({ name }) => this.announcer.say(m.announce_joined({ name }));
		this.devices.onRevoked = ({ name }) => this.announcer.say(m.announce_revoked({ name }));
	}

	/** Listens first and reads second, so that nothing falls between the two. */
	async start(): Promise<void> {
		try {
			await this.#host.listen((event) => this.handle(event));
		} catch (refusal) {
			this.listenError = HostError.from(refusal);
		}
		await this.overview.load();
		await Promise.all([...this.#lists(), this.apiKeys.load()]);
		if (this.router.page === 'alerts') await this.alerts.rules.load();
		if (this.router.page === 'activity') await this.activity.load();
	}

	#lists(): Promise<void>[] {
		return [this.codes.load(), this.requests.load(), this.devices.load(), this.alerts.load()];
	}

	/** Switches nearby devices on or off; asks first when that cuts somebody off. */
	async switchNearby(on: boolean): Promise<void> {
		const cut = on ? 0 : await this.devices.connectedOverNetwork().catch(() => 0);
		if (cut > 0) this.nearbyOff.ask(cut);
		else await this.overview.setNearby(on);
	}

	/** Someone moved, typed or looked. */
	interest(): void {
		this.pairing.interest.shown();
		this.apiKeys.interest.shown();
	}

	handle(event: AppEvent): void {
		switch (event.type) {
			case 'pairing':
				this.codes.apply(event.pairing);
				this.requests.follow(event.pairing);
				break;
			case 'device':
				this.devices.apply(event.device);
				break;
			case 'request':
				this.requests.apply(event.request);
				break;
			case 'alert':
				this.alerts.apply(event.alert);
				break;
			case 'guess_failed':
				this.pairing.guessFailed(event.pairing_id, event.attempts_left);
				break;
			case 'overview':
				this.overview.apply(event.overview);
				break;
			case 'resync':
				void Promise.all([this.overview.load(), ...this.#lists()]);
		}
	}
}

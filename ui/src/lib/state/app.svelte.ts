import type { AppEvent } from '$lib/bindings/AppEvent';
import type { ErrandView } from '$lib/bindings/ErrandView';
import type { PlatformView } from '$lib/bindings/PlatformView';
import type { Clock } from '$lib/clock';
import type { Host } from '$lib/host';
import { HostError } from '$lib/hostError';
import { describeRule } from '$lib/format/alerts';
import { errandEnd, errandTitle, isExpired, revokes } from '$lib/format/errands';
import { platformName } from '$lib/format/platform';
import { m } from '$lib/paraglide/messages';
import { Announcer } from './announcer.svelte';
import { DataFile } from './dataFile.svelte';
import { Journal } from './journal.svelte';
import { LostDevice } from './lostDevice.svelte';
import { Outbox } from './outbox.svelte';
import { Overview } from './overview.svelte';
import { Platform, type Reach } from './platform.svelte';
import { Platforms } from './platforms.svelte';
import { Question } from './question.svelte';
import { Review, reviewPart } from './review.svelte';
import { Router } from './router.svelte';
import { ThemeChoice } from './theme.svelte';
import { Ticker } from './ticker.svelte';

export type AppParts = {
	host: Host;
	clock: Clock;
	hash?: string;
	darkQuery?: MediaQueryList | null;
};

/** Which addresses a server's codes carry is the server's business. */
const ELSEWHERE: Reach = {
	addresses: [],
	nearby: true,
	decideNearby: () => Promise.resolve()
};

/** All of the window's state, wired together once. */
export class App {
	readonly #host: Host;
	readonly ticker: Ticker;
	readonly router: Router;
	readonly theme: ThemeChoice;
	readonly announcer = new Announcer();
	readonly overview: Overview;
	readonly platforms: Platforms;
	readonly journal: Journal;
	/** All platforms at once, from what was last heard of them. */
	readonly review: Review;
	/** What was asked for on any platform and is not seen to be done. */
	readonly outbox: Outbox;
	readonly lost: LostDevice;
	readonly dataFile: DataFile;
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
		this.journal = new Journal(host);
		this.outbox = new Outbox(host, this.ticker);
		this.lost = new LostDevice(host, this.outbox);
		this.outbox.onEnded = (errand) => this.#ended(errand);
		this.outbox.onFailed = (errand) =>
			this.announcer.say(m.announce_failed({ what: errandTitle(errand) }));
		this.dataFile = new DataFile(host);
		this.platforms = new Platforms(host, (view) => this.#platform(view));
		this.platforms.adding.onAdded = async (view) => {
			await this.platforms.load();
			await this.choose(view.id);
		};
		this.review = new Review(host, this.ticker);
		this.review.returns.onReturned = ({ ended_name: name }) =>
			this.announcer.say(m.return_banner({ count: 1, name }));
		this.review.changes.onMarked = () => this.announcer.say(m.review_marked());
		this.router.onPart = () => void this.#enter();
		this.router.onLeave = (left) => {
			this.platform.leave(left);
			if (left === 'review') this.review.leave();
			if (left === 'devices') this.lost.forget();
			if (left === 'outbox') this.outbox.leave();
			if (left === 'platforms') this.platforms.adding.end();
			if (left === 'journal') this.journal.leave();
			if (left === 'settings') this.dataFile.leave();
			void this.platform.enter(this.router.page);
			void this.#enter();
		};
	}

	/** The platform that the pages are about, and what it holds. */
	get platform(): Platform {
		return this.platforms.current;
	}
	get codes() {
		return this.platform.codes;
	}
	get pairing() {
		return this.platform.pairing;
	}
	get devices() {
		return this.platform.devices;
	}
	get apiKeys() {
		return this.platform.apiKeys;
	}
	get requests() {
		return this.platform.requests;
	}
	get alerts() {
		return this.platform.alerts;
	}
	get activity() {
		return this.platform.activity;
	}

	/** Listens first and reads second, so that nothing falls between the two. */
	async start(): Promise<void> {
		try {
			await this.#host.listen((event) => this.handle(event));
		} catch (refusal) {
			this.listenError = HostError.from(refusal);
		}
		await this.platform.open(this.router.page);
		await Promise.all([
			this.platforms.load(),
			this.overview.load(),
			this.review.returns.load(),
			this.outbox.load(),
			this.#enter()
		]);
	}

	/** What a page shows that is about all platforms and that no event tells of. */
	async #enter(): Promise<void> {
		const { page, part } = this.router;
		if (page === 'outbox') await this.outbox.enter();
		if (page === 'journal') await this.journal.load();
		if (page === 'settings') await this.dataFile.load();
		if (page === 'review') await this.review.enter(reviewPart(part));
	}

	/** Makes the pages be about a device's platform, and lists that device alone. */
	async showDevice(platform: string, device: string): Promise<void> {
		await this.choose(platform);
		await this.devices.showOnly(device);
	}

	/** Makes the pages be about another platform. */
	async choose(id: string): Promise<void> {
		if (id === this.platform.id) return;
		this.platform.leave(this.router.page);
		this.platforms.choose(id);
		await this.platform.open(this.router.page);
	}

	/** Switches nearby devices on or off; asks first when that cuts somebody off. */
	switchNearby(on: boolean): Promise<void> {
		const { devices } = this.platforms.embedded;
		return this.overview.setNearby(on, async () => {
			const cut = on ? 0 : await devices.connectedOverNetwork();
			if (cut > 0) this.nearbyOff.ask(cut);
			return cut === 0;
		});
	}

	/** Someone moved, typed or looked. */
	interest(): void {
		this.platform.interest();
	}

	handle(event: AppEvent): void {
		if (['platform', 'platforms', 'outbox', 'resync'].includes(event.type)) this.review.heard();
		switch (event.type) {
			case 'overview':
				this.overview.apply(event.overview);
				break;
			case 'platforms':
				void this.platforms.apply(event.platforms);
				break;
			case 'platform':
				this.platforms.find(event.platform)?.handle(event.event);
				break;
			case 'outbox':
				void this.outbox.apply(event.summary);
				for (const platform of this.platforms.all) void platform.lookAtPending();
				break;
			case 'setup_code_used':
				this.platforms.find(event.platform)?.setup.apply(event.used);
				break;
			case 'found_gateways':
				this.platforms.adding.found = event.gateways;
				break;
			case 'resync':
				void this.#resync();
		}
	}

	async #resync(): Promise<void> {
		const reads = [this.overview.load(), this.platforms.load(), this.outbox.load()];
		// A review keeps its place: it has heard of this, and says what has come.
		if (this.router.page === 'journal') reads.push(this.journal.load());
		await Promise.all(reads);
		await Promise.all(this.platforms.all.map((platform) => platform.load()));
	}

	/** Said wherever one is: that somebody was seen to be out, or that it is too late; on the page itself all that has ended. */
	#ended(errand: ErrandView): void {
		const revoked = revokes(errand) && errand.state.kind === 'verified';
		if (!revoked && !isExpired(errand) && this.router.page !== 'outbox') return;
		const what = errandTitle(errand);
		const how = errandEnd(errand, this.ticker.now, this.platforms.isGateway(errand.platform));
		this.announcer.say(m.announce_ended({ what, how }));
	}

	/** A platform whose news are said aloud. */
	#platform(view: PlatformView): Platform {
		const reach = view.kind === 'embedded' ? this.overview : ELSEWHERE;
		const platform = new Platform(view, this.#host.on(view.id), this.ticker, reach);
		const say = (text: string) =>
			this.announcer.say(
				platform === this.platform
					? text
					: m.announce_on({ platform: platformName(platform.view), text })
			);
		platform.requests.onAsked = ({ name }) => say(m.request_banner({ name }));
		platform.alerts.onRaised = ({ rule }) => say(m.alert_banner({ rule: describeRule(rule).name }));
		platform.setup.onUsed = ({ device_name }) =>
			say(device_name ? m.setup_used({ name: device_name }) : m.setup_used_unnamed());
		platform.devices.onJoined = ({ name }) => say(m.announce_joined({ name }));
		platform.devices.onRevocationQueued = ({ name }) => say(m.announce_not_yet_revoked({ name }));
		platform.devices.onRevoked = ({ name }) => say(m.announce_revoked({ name }));
		return platform;
	}
}

import type { AddPlatform } from '$lib/bindings/AddPlatform';
import type { AppEvent } from '$lib/bindings/AppEvent';
import type { Copied } from '$lib/bindings/Copied';
import type { FoundGateway } from '$lib/bindings/FoundGateway';
import type { LocalGateway } from '$lib/bindings/LocalGateway';
import type { Overview } from '$lib/bindings/Overview';
import type { PlatformView } from '$lib/bindings/PlatformView';
import type { Theme } from '$lib/bindings/Theme';
import type { Host } from '$lib/host';
import type { FakeClock } from './FakeClock';
import { FakePlatform } from './FakePlatform';
import { Pretence } from './Pretence';
import { sampleOverview } from './samples';
import { embeddedView, gatewayView, serverView } from './samplePlatforms';

/** A host that keeps everything in memory, the platforms included. */
export class FakeHost extends Pretence<Exclude<keyof Host, 'listen' | 'on'>> implements Host {
	data: Overview = sampleOverview();
	/** The gateway on this computer, and those on the network. */
	local: LocalGateway | null = null;
	onNetwork: FoundGateway[] = [];
	/** The embedded one first. */
	readonly all: FakePlatform[] = [];
	#listener: ((event: AppEvent) => void) | null = null;

	constructor(private readonly clock: FakeClock) {
		super();
		this.add(embeddedView());
	}

	/** Another platform, as if it had been added before. */
	add(view: PlatformView): FakePlatform {
		const platform = new FakePlatform(view, this.clock, (event) =>
			this.emit({ type: 'platform', platform: view.id, event })
		);
		this.all.push(platform);
		return platform;
	}

	emit(event: AppEvent): void {
		this.#listener?.(event);
	}

	listen(onEvent: (event: AppEvent) => void): Promise<() => void> {
		this.#listener = onEvent;
		return Promise.resolve(() => (this.#listener = null));
	}

	on(platform: string): FakePlatform {
		const found = this.all.find(({ view }) => view.id === platform);
		if (!found) throw new Error(`no platform ${platform}`);
		return found;
	}

	overview = () => this.answer('overview', [], () => this.data);
	setNearby = (on: boolean) =>
		this.answer('setNearby', [on], () => (this.data = { ...this.data, nearby: on }));
	setTheme = (theme: Theme) =>
		this.answer('setTheme', [theme], () => (this.data = { ...this.data, theme }));
	refreshAddresses = () => this.answer('refreshAddresses', [], () => this.data);
	moveSecretsFile = () => this.answer('moveSecretsFile', [], (): Overview | null => this.data);
	revealSecretsFile = () => this.answer('revealSecretsFile', [], () => undefined);
	copyLine = (line: string): Promise<Copied> =>
		this.answer('copyLine', [line], () => ({ clears_in_seconds: 30 }));
	copyText = (text: string) => this.answer('copyText', [text], () => undefined);

	platforms = () => this.answer('platforms', [], () => this.all.map(({ view }) => view));
	addPlatform = (form: AddPlatform): Promise<PlatformView> =>
		this.answer('addPlatform', [form], () => {
			const address = form.kind === 'local_gateway' ? this.local?.address : form.address;
			const view: PlatformView = {
				...(form.kind === 'server' ? serverView() : gatewayView()),
				id: `plat-${this.all.length}`,
				name: form.name || (address ?? ''),
				address: address ?? null
			};
			this.add(view);
			this.#told();
			return view;
		});
	renamePlatform = (id: string, name: string) =>
		this.answer('renamePlatform', [id, name], () => this.#change(id, { name }));
	removePlatform = (id: string) =>
		this.answer('removePlatform', [id], () => {
			this.all.splice(this.all.indexOf(this.on(id)), 1);
			this.#told();
			return null;
		});
	signInPlatform = (id: string, credential: string) =>
		this.answer('signInPlatform', [id, credential], () => this.#connect(id));
	acceptCertificate = (id: string, shown: string) =>
		this.answer('acceptCertificate', [id, shown], () => this.#connect(id));
	tryPlatformNow = (id: string) =>
		this.answer('tryPlatformNow', [id], () => this.#change(id, { state: { kind: 'connecting' } }));
	localGateway = () => this.answer('localGateway', [], () => this.local);
	lookForGateways = (on: boolean) =>
		this.answer('lookForGateways', [on], () =>
			this.emit({ type: 'found_gateways', gateways: on ? this.onNetwork : [] })
		);

	#connect(id: string): PlatformView {
		return this.#change(id, { state: { kind: 'connected', version: '2026.9.6' } });
	}

	/** Changes what a platform says of itself, and tells the window. */
	#change(id: string, changes: Partial<PlatformView>): PlatformView {
		const platform = this.on(id);
		platform.view = { ...platform.view, ...changes };
		this.#told();
		return platform.view;
	}

	#told(): void {
		this.emit({ type: 'platforms', platforms: this.all.map(({ view }) => view) });
	}
}

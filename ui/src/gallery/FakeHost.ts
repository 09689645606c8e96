import type { AddPlatform } from '$lib/bindings/AddPlatform';
import type { AppEvent } from '$lib/bindings/AppEvent';
import type { ActivityCheck } from '$lib/bindings/ActivityCheck';
import type { BackupView } from '$lib/bindings/BackupView';
import type { BundleCheck } from '$lib/bindings/BundleCheck';
import type { Copied } from '$lib/bindings/Copied';
import type { ErrandChoice } from '$lib/bindings/ErrandChoice';
import type { ErrandView } from '$lib/bindings/ErrandView';
import type { Export } from '$lib/bindings/Export';
import type { Exported } from '$lib/bindings/Exported';
import type { DataFile } from '$lib/bindings/DataFile';
import type { FoundGateway } from '$lib/bindings/FoundGateway';
import type { JournalEntry } from '$lib/bindings/JournalEntry';
import type { JournalPage } from '$lib/bindings/JournalPage';
import type { JournalQuery } from '$lib/bindings/JournalQuery';
import type { KeyPlace } from '$lib/bindings/KeyPlace';
import type { LocalGateway } from '$lib/bindings/LocalGateway';
import type { Overview } from '$lib/bindings/Overview';
import type { PlatformView } from '$lib/bindings/PlatformView';
import type { ReviewKind } from '$lib/bindings/ReviewKind';
import type { ReviewQuery } from '$lib/bindings/ReviewQuery';
import type { Restored } from '$lib/bindings/Restored';
import type { Theme } from '$lib/bindings/Theme';
import type { Host } from '$lib/host';
import type { FakeClock } from './FakeClock';
import { FakeOutbox } from './FakeOutbox';
import { FakePlatform } from './FakePlatform';
import { FakeReview, hasWords } from './FakeReview';
import { Pretence } from './Pretence';
import { sampleOverview } from './samples';
import { embeddedView, gatewayView, serverView } from './samplePlatforms';

/** A host that keeps everything in memory, the platforms included. */
export class FakeHost extends Pretence<Exclude<keyof Host, 'listen' | 'on'>> implements Host {
	data: Overview = sampleOverview();
	/** The gateway on this computer, and those on the network. */
	local: LocalGateway | null = null;
	onNetwork: FoundGateway[] = [];
	/** What was done here, newest first, and how much of it is on a page. */
	entries: JournalEntry[] = [];
	journalPage = 100;
	journalCheck: ActivityCheck = { kind: 'whole', first: 1, last: 12 };
	signing: string | null = null;
	bundle: BundleCheck | null = null;
	file: DataFile = {
		path: '/home/you/.local/share/clawpair/mirror.db',
		size: 5_452_800,
		entries: 318,
		waiting: 2
	};
	/** What is chosen when a backup is asked for. */
	backup: BackupView | null = {
		file: 'clawpair-2026-03-01.db',
		as_of: '2026-03-01T08:12:00Z',
		devices: 1190,
		waiting: 2,
		since: 0,
		journal: { kind: 'whole', first: 1, last: 260 }
	};
	/** Whether all of the file before can be read when it is put back. */
	readable = true;
	/** The embedded one first. */
	readonly all: FakePlatform[] = [];
	/** What was last heard of all of them. */
	readonly review: FakeReview;
	readonly outbox: FakeOutbox;
	#listener: ((event: AppEvent) => void) | null = null;

	constructor(private readonly clock: FakeClock) {
		super();
		this.review = new FakeReview(clock);
		this.outbox = new FakeOutbox(clock, (summary) => this.emit({ type: 'outbox', summary }));
		this.add(embeddedView());
	}

	/** Another platform, as if it had been added before. */
	add(view: PlatformView): FakePlatform {
		const platform = new FakePlatform(view, this.clock, this.outbox, (event) =>
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
	listOutbox = (after: number) => this.answer('listOutbox', [after], () => this.outbox.page(after));
	showErrand = (id: number) => this.answer('showErrand', [id], () => this.outbox.find(id));
	withdrawErrand = (id: number) =>
		this.answer('withdrawErrand', [id], () => this.outbox.withdraw(id));
	chooseErrand = (id: number, choice: ErrandChoice) =>
		this.answer('chooseErrand', [id, choice], () => this.outbox.choose(id, choice));
	keyPlaces = (key: string): Promise<KeyPlace[]> =>
		this.answer('keyPlaces', [key], () =>
			this.#withKey(key).map(({ view, thing: { id, name, status } }) => ({
				platform: view.id,
				platform_name: view.kind === 'embedded' ? '' : view.name,
				subject: id,
				name,
				how: status === 'waiting' ? 'asks' : status === 'disabled' ? 'disabled' : 'active'
			}))
		);
	revokeEverywhere = (key: string, reason: string | null): Promise<ErrandView[]> =>
		this.answer('revokeEverywhere', [key, reason], () =>
			this.#withKey(key).map(({ view, thing }) =>
				this.outbox.ask(view, thing, {
					kind: thing.status === 'waiting' ? 'deny' : 'revoke',
					reason
				})
			)
		);
	listAlarms = () => this.answer('listAlarms', [], () => this.outbox.alarms);
	acknowledgeAlarm = (alarm: number) =>
		this.answer('acknowledgeAlarm', [alarm], () => this.outbox.acknowledge(alarm));

	#withKey(key: string) {
		return this.all.flatMap(({ view, devices, requests }) =>
			[...devices, ...requests.filter(({ status }) => status === 'waiting')]
				.filter(({ key_fingerprint, status }) => key_fingerprint === key && status !== 'revoked')
				.map((thing) => ({ view, thing }))
		);
	}

	lookForGateways = (on: boolean) =>
		this.answer('lookForGateways', [on], () =>
			this.emit({ type: 'found_gateways', gateways: on ? this.onNetwork : [] })
		);

	listJournal = (query: JournalQuery): Promise<JournalPage> =>
		this.answer('listJournal', [query], () => {
			const fits = this.entries.filter(
				(entry) =>
					(query.before === null || entry.number < query.before) &&
					(query.actor === null || query.actor === entry.actor) &&
					(query.action === null || query.action === entry.action) &&
					hasWords(query.search, [entry.thing?.name, entry.platform?.name, entry.details])
			);
			const entries = fits.slice(0, this.journalPage);
			const last = entries.at(-1);
			return { entries, next: fits.length > entries.length && last ? last.number : null };
		});
	verifyJournal = () => this.answer('verifyJournal', [], () => this.journalCheck);
	signingFingerprint = () => this.answer('signingFingerprint', [], () => this.signing);
	exportRecords = (what: Export): Promise<Exported | null> =>
		this.answer('exportRecords', [what], () => {
			const signed = what === 'bundle';
			if (signed) this.signing = '7F3K-9QWZ-4JN2';
			const file = signed ? 'clawpair-bundle.jsonl' : 'clawpair-devices.csv';
			return {
				what,
				file: `/home/you/Documents/${file}`,
				signed_by: signed ? this.signing : null
			};
		});
	dataFile = () => this.answer('dataFile', [], () => this.file);
	backUp = () =>
		this.answer('backUp', [], (): string | null => '/home/you/Documents/clawpair-backup.db');
	chooseBackup = () => this.answer('chooseBackup', [], () => this.backup);
	restoreBackup = (): Promise<Restored> =>
		this.answer('restoreBackup', [], () => ({
			replaced: '/home/you/.local/share/clawpair/mirror.db.replaced-1773484200-0',
			questions: (this.backup?.waiting ?? 0) + (this.backup?.since ?? 0),
			whole: this.readable
		}));
	verifyBundle = () => this.answer('verifyBundle', [], () => this.bundle);
	reviewDevices = (query: ReviewQuery) =>
		this.answer('reviewDevices', [query], () => this.review.page(query));
	reviewCounts = (query: ReviewQuery) =>
		this.answer('reviewCounts', [query], () => this.review.counts(query));
	reviewDevice = (platform: string, id: string) =>
		this.answer('reviewDevice', [platform, id], () => this.review.one(platform, id));
	putInGroup = (platform: string, id: string, group: string | null) =>
		this.answer('putInGroup', [platform, id, group], () => this.review.put(platform, id, group));
	reviewChanges = (kind: ReviewKind | null, after: number) =>
		this.answer('reviewChanges', [kind, after], () => this.review.changesAfter(kind, after));
	markReviewed = (upTo: number) =>
		this.answer('markReviewed', [upTo], () => this.review.mark(upTo));
	listTombstones = (search: string | null, before: number | null) =>
		this.answer('listTombstones', [search, before], () =>
			this.review.tombstonesBefore(search, before)
		);
	searchActivity = (search: string, before: number | null) =>
		this.answer('searchActivity', [search, before], () =>
			this.review.activityBefore(search, before)
		);
	searchWaiting = (search: string) =>
		this.answer('searchWaiting', [search], () => this.review.waitingFor(search));

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

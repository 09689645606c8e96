import type { ActivityCheck } from '$lib/bindings/ActivityCheck';
import type { ActivityEntry } from '$lib/bindings/ActivityEntry';
import type { ActivityPage } from '$lib/bindings/ActivityPage';
import type { ActivityQuery } from '$lib/bindings/ActivityQuery';
import type { AcknowledgeAlert } from '$lib/bindings/AcknowledgeAlert';
import type { Alert } from '$lib/bindings/Alert';
import type { AlertPage } from '$lib/bindings/AlertPage';
import type { AlertRule } from '$lib/bindings/AlertRule';
import type { AlertStatus } from '$lib/bindings/AlertStatus';
import type { ApiKey } from '$lib/bindings/ApiKey';
import type { ApiKeyCreated } from '$lib/bindings/ApiKeyCreated';
import type { AppEvent } from '$lib/bindings/AppEvent';
import type { ApproveRequest } from '$lib/bindings/ApproveRequest';
import type { ChangeDevices } from '$lib/bindings/ChangeDevices';
import type { ChangeOutcome } from '$lib/bindings/ChangeOutcome';
import type { ChangeOutcomes } from '$lib/bindings/ChangeOutcomes';
import type { CreateApiKey } from '$lib/bindings/CreateApiKey';
import type { CreatePairingCode } from '$lib/bindings/CreatePairingCode';
import type { Device } from '$lib/bindings/Device';
import type { DevicePage } from '$lib/bindings/DevicePage';
import type { DeviceQuery } from '$lib/bindings/DeviceQuery';
import type { DisableDevice } from '$lib/bindings/DisableDevice';
import type { EditDevice } from '$lib/bindings/EditDevice';
import type { GrantPermissions } from '$lib/bindings/GrantPermissions';
import type { ErrorBody } from '$lib/bindings/ErrorBody';
import type { Overview } from '$lib/bindings/Overview';
import type { Pairing } from '$lib/bindings/Pairing';
import type { PairingPage } from '$lib/bindings/PairingPage';
import type { Request } from '$lib/bindings/Request';
import type { RequestPage } from '$lib/bindings/RequestPage';
import type { RotateApiKey } from '$lib/bindings/RotateApiKey';
import type { SetAlertRule } from '$lib/bindings/SetAlertRule';
import type { ShownPairing } from '$lib/bindings/ShownPairing';
import type { Theme } from '$lib/bindings/Theme';
import type { Copied, Host, PairingSecret } from '$lib/host';
import { HostError } from '$lib/hostError';
import type { FakeClock } from './FakeClock';
import { sampleCode, sampleOverview } from './samples';
import { sampleLink, sampleQr } from './qr';

type Method = Exclude<keyof Host, 'listen'>;

/** A host that keeps everything in memory, remembers what it was asked, and fails or waits on demand. */
export class FakeHost implements Host {
	data: Overview = sampleOverview();
	devices: Device[] = [];
	pairings: Pairing[] = [];
	apiKeys: ApiKey[] = [];
	requests: Request[] = [];
	alerts: Alert[] = [];
	rules: AlertRule[] = [];
	entries: ActivityEntry[] = [];
	check: ActivityCheck = { kind: 'whole', first: 1, last: 12345 };
	pageSize = 50;
	readonly calls: [Method, ...unknown[]][] = [];
	readonly #failures = new Map<Method, ErrorBody>();
	readonly #waits = new Map<Method, Promise<void>>();
	#listener: ((event: AppEvent) => void) | null = null;

	constructor(private readonly clock: FakeClock) {}

	/** The next calls of `method` are refused with `error`. */
	refuse(method: Method, error: ErrorBody): void {
		this.#failures.set(method, error);
	}

	allow(method: Method): void {
		this.#failures.delete(method);
	}

	/** Calls of `method` wait until the returned function is called. */
	hold(method: Method): () => void {
		let release: () => void = () => undefined;
		this.#waits.set(method, new Promise((resolve) => (release = resolve)));
		return () => {
			this.#waits.delete(method);
			release();
		};
	}

	emit(event: AppEvent): void {
		this.#listener?.(event);
	}

	called(method: Method): unknown[][] {
		return this.calls.filter(([name]) => name === method).map(([, ...args]) => args);
	}

	listen(onEvent: (event: AppEvent) => void): Promise<() => void> {
		this.#listener = onEvent;
		return Promise.resolve(() => (this.#listener = null));
	}

	overview = () => this.#answer('overview', [], () => this.data);
	setNearby = (on: boolean) =>
		this.#answer('setNearby', [on], () => (this.data = { ...this.data, nearby: on }));
	setTheme = (theme: Theme) =>
		this.#answer('setTheme', [theme], () => (this.data = { ...this.data, theme }));
	refreshAddresses = () => this.#answer('refreshAddresses', [], () => this.data);
	moveSecretsFile = () => this.#answer('moveSecretsFile', [], (): Overview | null => this.data);
	revealSecretsFile = () => this.#answer('revealSecretsFile', [], () => undefined);
	copyLine = (line: string): Promise<Copied> =>
		this.#answer('copyLine', [line], () => ({ clears_in_seconds: 30 }));
	copyText = (text: string) => this.#answer('copyText', [text], () => undefined);

	createPairing = (form: CreatePairingCode): Promise<ShownPairing> =>
		this.#answer('createPairing', [form], () => {
			const pairing: Pairing = {
				id: `pairing-${this.pairings.length + 1}`,
				device_id: `dev-${this.pairings.length + 1}`,
				name: form.name,
				device_type: form.device_type,
				permissions: form.permissions,
				status: 'open',
				ask_first: form.ask_first ?? false,
				typed_entry: 'open',
				created_at: this.clock.at(0),
				expires_at: this.clock.at(form.expires_in_minutes * 60),
				ended_at: null
			};
			this.pairings = [pairing, ...this.pairings];
			return {
				pairing,
				code: sampleCode,
				link: sampleLink,
				qr: sampleQr,
				pin: this.data.pin,
				addresses: form.addresses ?? ['127.0.0.1:21327']
			};
		});
	hidePairing = (id: string) => this.#answer('hidePairing', [id], () => undefined);
	cancelPairing = (id: string): Promise<Pairing> =>
		this.#answer('cancelPairing', [id], () => {
			const ended_at = this.clock.at(0);
			return { ...find(this.pairings, id), status: 'cancelled', ended_at };
		});
	listPairings = (after: string | null): Promise<PairingPage> =>
		this.#answer('listPairings', [after], () => {
			const { rows, next } = this.#page(this.pairings, after);
			return { pairings: rows, next };
		});
	copyPairing = (id: string, what: PairingSecret): Promise<Copied> =>
		this.#answer('copyPairing', [id, what], () => ({ clears_in_seconds: 30 }));

	listRequests = (after: string | null): Promise<RequestPage> =>
		this.#answer('listRequests', [after], () => {
			const { rows, next } = this.#page(this.requests, after);
			return { requests: rows, next };
		});
	approveRequest = (id: string, seen: ApproveRequest): Promise<Request> =>
		this.#answer('approveRequest', [id, seen], () => ({
			...find(this.requests, id),
			status: 'approved'
		}));
	denyRequest = (id: string): Promise<Request> =>
		this.#answer('denyRequest', [id], () => ({ ...find(this.requests, id), status: 'denied' }));

	listDevices = (query: DeviceQuery): Promise<DevicePage> =>
		this.#answer('listDevices', [query], () => {
			const { rows, next } = this.#page(deviceList(this.devices, query), query.after);
			return { devices: rows, next };
		});
	deviceSummary = () =>
		this.#answer('deviceSummary', [], () => {
			const count = (fits: (device: Device) => boolean) => this.devices.filter(fits).length;
			return {
				active: count(({ status }) => status === 'active'),
				disabled: count(({ status }) => status === 'disabled'),
				revoked: count(({ status }) => status === 'revoked'),
				connected: count(({ connected }) => connected)
			};
		});
	showDevice = (id: string) => this.#answer('showDevice', [id], () => find(this.devices, id));
	editDevice = (id: string, revision: number, form: EditDevice): Promise<Device> =>
		this.#answer('editDevice', [id, revision, form], () => this.#change(id, revision, given(form)));
	grantPermissions = (id: string, revision: number, form: GrantPermissions): Promise<Device> =>
		this.#answer('grantPermissions', [id, revision, form], () => this.#change(id, revision, form));
	changeDevices = (form: ChangeDevices): Promise<ChangeOutcomes> =>
		this.#answer('changeDevices', [form], () => ({
			outcomes: form.device_ids.map((id) => this.#outcome(id, form))
		}));
	revokeDevice = (id: string, reason: string | null): Promise<Device> =>
		this.#answer('revokeDevice', [id, reason], () => this.#shutOut(id, 'revoked', reason));
	disableDevice = (id: string, { reason }: DisableDevice): Promise<Device> =>
		this.#answer('disableDevice', [id, { reason }], () =>
			this.#shutOut(id, 'disabled', reason ?? null)
		);
	enableDevice = (id: string): Promise<Device> =>
		this.#answer('enableDevice', [id], () =>
			this.#change(id, null, { status: 'active', disabled_at: null, reason: null })
		);

	listApiKeys = () => this.#answer('listApiKeys', [], () => this.apiKeys);
	createApiKey = (form: CreateApiKey): Promise<ApiKeyCreated> =>
		this.#answer('createApiKey', [form], () => ({
			key: 'cpk_7F3K9QWZ_4JN2C0M5X8RTB6VHDYG1S9P4K7',
			api_key: {
				id: `key-${this.apiKeys.length + 1}`,
				name: form.name,
				prefix: 'cpk_7F3K9QWZ',
				role: form.role,
				scopes: form.scopes ?? this.data.roles.find(({ role }) => role === form.role)?.scopes ?? [],
				created_at: this.clock.at(0),
				expires_at: form.expires_in_days ? this.clock.at(form.expires_in_days * 24 * 3600) : null,
				made_by: 'owner',
				rotated_at: null,
				last_used_at: null,
				revoked_at: null
			}
		}));
	copyApiKey = (id: string): Promise<Copied> =>
		this.#answer('copyApiKey', [id], () => ({ clears_in_seconds: 30 }));
	hideApiKey = (id: string) => this.#answer('hideApiKey', [id], () => undefined);
	revokeApiKey = (id: string): Promise<ApiKey> =>
		this.#answer('revokeApiKey', [id], () => ({
			...find(this.apiKeys, id),
			revoked_at: this.clock.at(0)
		}));

	rotateApiKey = (id: string, form: RotateApiKey): Promise<ApiKeyCreated> =>
		this.#answer('rotateApiKey', [id, form], () => ({
			key: 'cpk_Q9D471KE_8XJ0N44TQ5CAYW3T81ZGPM2XT0B8C',
			api_key: {
				...find(this.apiKeys, id),
				prefix: 'cpk_Q9D471KE',
				rotated_at: this.clock.at(0)
			}
		}));

	listAlerts = (status: AlertStatus, after: string | null): Promise<AlertPage> =>
		this.#answer('listAlerts', [status, after], () => {
			const fits = this.alerts.filter((alert) => alert.status === status);
			const { rows, next } = this.#page(fits, after);
			return { alerts: rows, next };
		});
	acknowledgeAlert = (id: string, { note }: AcknowledgeAlert): Promise<Alert> =>
		this.#answer('acknowledgeAlert', [id, { note }], () => ({
			...find(this.alerts, id),
			status: 'acknowledged',
			acknowledged_by: 'owner',
			acknowledged_at: this.clock.at(0),
			note: note ?? null
		}));
	listAlertRules = () => this.#answer('listAlertRules', [], () => this.rules);
	setAlertRule = (id: string, form: SetAlertRule): Promise<AlertRule> =>
		this.#answer('setAlertRule', [id, form], () => {
			const rule = find(this.rules, id);
			const usual = Object.entries(rule.bounds).map(([name, bound]) => [name, bound.default]);
			const parameters = {
				...(Object.fromEntries(usual) as Record<string, number>),
				...form.parameters
			};
			return { ...rule, ...form, parameters };
		});

	listActivity = (query: ActivityQuery): Promise<ActivityPage> =>
		this.#answer('listActivity', [query], () => {
			const fits = this.entries.filter(
				({ number, actor, action }) =>
					(query.after === null || number < query.after) &&
					(query.actor === null || query.actor === (actor.id ?? actor.kind)) &&
					(query.action === null || query.action === action)
			);
			const entries = fits.slice(0, this.pageSize);
			const last = entries.at(-1);
			return { entries, next: fits.length > entries.length && last ? last.number : null };
		});
	verifyActivity = () => this.#answer('verifyActivity', [], () => this.check);
	exportActivity = () => this.#answer('exportActivity', [], () => true);

	async #answer<T>(method: Method, args: unknown[], work: () => T): Promise<T> {
		this.calls.push([method, ...args]);
		const failure = this.#failures.get(method);
		const answer = failure ? undefined : work();
		await this.#waits.get(method);
		if (failure) throw new HostError(failure);
		return answer as T;
	}

	/** Changes a device here, as the platform would. */
	#change(id: string, revision: number | null, changes: Partial<Device>): Device {
		const device = find(this.devices, id);
		if (revision !== null && revision !== device.revision)
			throw new HostError({ code: 'changed_meanwhile', message: 'It changed.', hint: null });
		const changed = { ...device, ...changes, revision: device.revision + 1 };
		this.devices = this.devices.map((known) => (known.id === id ? changed : known));
		return changed;
	}

	#shutOut(id: string, status: 'disabled' | 'revoked', reason: string | null): Device {
		const at = this.clock.at(0);
		const since = status === 'revoked' ? { revoked_at: at } : { disabled_at: at };
		return this.#change(id, null, { status, connected: false, reason, ...since });
	}

	#outcome(id: string, form: ChangeDevices): ChangeOutcome {
		const { action } = form;
		const device = find(this.devices, id);
		if (device.status === 'revoked' && action !== 'revoke') {
			const error: ErrorBody = {
				code: 'already_revoked',
				message: 'This device was revoked, which is final.',
				hint: null
			};
			return { device_id: id, outcome: 'refused', device: null, error };
		}
		const changed = (): Device => {
			switch (form.action) {
				case 'revoke':
					return this.#shutOut(id, 'revoked', form.reason ?? null);
				case 'disable':
					return this.#shutOut(id, 'disabled', form.reason ?? null);
				case 'enable':
					return this.#change(id, null, { status: 'active' });
				default: {
					const others = device.tags.filter((tag) => !form.tags.includes(tag));
					const added = form.action === 'add_tags' ? form.tags : [];
					return this.#change(id, null, { tags: [...others, ...added] });
				}
			}
		};
		return { device_id: id, outcome: 'changed', device: changed(), error: null };
	}

	#page<T extends { id: string }>(all: T[], after: string | null) {
		const start = after === null ? 0 : all.findIndex(({ id }) => id === after) + 1;
		const rows = all.slice(start, start + this.pageSize);
		const more = start + this.pageSize < all.length;
		return { rows, next: more ? (rows.at(-1)?.id ?? null) : null };
	}
}

/** What a form names, without what it leaves out. */
const given = (form: EditDevice): Partial<Device> =>
	Object.fromEntries(Object.entries(form).filter(([, value]) => value !== null));

/** Devices as the platform would list them. */
function deviceList(all: Device[], query: DeviceQuery): Device[] {
	const words = (query.q ?? '').toLowerCase().split(/\s+/).filter(Boolean);
	const text = (device: Device) =>
		[device.id, device.name, device.device_type, device.last_address, ...device.tags]
			.join(' ')
			.toLowerCase();
	const fits = all.filter(
		(device) =>
			(query.status === null || device.status === query.status) &&
			(query.connected === null || device.connected === query.connected) &&
			(query.device_type === null || device.device_type === query.device_type) &&
			(query.permission === null || device.permissions.includes(query.permission)) &&
			(query.tag === null || device.tags.includes(query.tag)) &&
			(query.seen_before === null || (device.last_seen_at ?? '') < query.seen_before) &&
			words.every((word) => text(device).includes(word))
	);
	const key = query.sort?.replace('-', '') ?? 'paired';
	const at = ({ name, last_seen_at, paired_at }: Device) =>
		key === 'name' ? name : key === 'seen' ? (last_seen_at ?? '') : paired_at;
	const sign = query.sort?.startsWith('-') ? -1 : 1;
	return fits.sort((a, b) => sign * at(a).localeCompare(at(b)));
}

function find<T extends { id: string }>(all: T[], id: string): T {
	const found = all.find((entry) => entry.id === id);
	if (!found) throw new HostError({ code: 'not_found', message: 'It is not there.', hint: null });
	return found;
}

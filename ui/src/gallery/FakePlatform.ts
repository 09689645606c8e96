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
import type { Copied } from '$lib/bindings/Copied';
import type { CopyWhat } from '$lib/bindings/CopyWhat';
import type { Event } from '$lib/bindings/Event';
import type { PlatformView } from '$lib/bindings/PlatformView';
import type { ApproveRequest } from '$lib/bindings/ApproveRequest';
import type { ChangeDevices } from '$lib/bindings/ChangeDevices';
import type { ChangeOutcome } from '$lib/bindings/ChangeOutcome';
import type { ChangeOutcomes } from '$lib/bindings/ChangeOutcomes';
import type { CreateApiKey } from '$lib/bindings/CreateApiKey';
import type { CreatePairingCode } from '$lib/bindings/CreatePairingCode';
import type { PlatformDevice } from '$lib/bindings/PlatformDevice';
import type { PlatformDevicePage } from '$lib/bindings/PlatformDevicePage';
import type { Device } from '$lib/bindings/Device';
import type { DeviceQuery } from '$lib/bindings/DeviceQuery';
import type { DisableDevice } from '$lib/bindings/DisableDevice';
import type { EditDevice } from '$lib/bindings/EditDevice';
import type { GrantPermissions } from '$lib/bindings/GrantPermissions';
import type { ErrandIntent } from '$lib/bindings/ErrandIntent';
import type { ErrandView } from '$lib/bindings/ErrandView';
import type { ErrorBody } from '$lib/bindings/ErrorBody';
import type { Pairing } from '$lib/bindings/Pairing';
import type { PairingPage } from '$lib/bindings/PairingPage';
import type { PlatformRequest } from '$lib/bindings/PlatformRequest';
import type { PlatformRequestPage } from '$lib/bindings/PlatformRequestPage';
import type { RotateApiKey } from '$lib/bindings/RotateApiKey';
import type { SetAlertRule } from '$lib/bindings/SetAlertRule';
import type { CheckedAddress } from '$lib/bindings/CheckedAddress';
import type { CreateSetupCode } from '$lib/bindings/CreateSetupCode';
import type { RoleToken } from '$lib/bindings/RoleToken';
import type { SetupCodeUsed } from '$lib/bindings/SetupCodeUsed';
import type { ShownPairing } from '$lib/bindings/ShownPairing';
import type { ShownSetupCode } from '$lib/bindings/ShownSetupCode';
import type { PlatformHost } from '$lib/host';
import { HostError } from '$lib/hostError';
import type { FakeClock } from './FakeClock';
import type { FakeOutbox } from './FakeOutbox';
import { Pretence } from './Pretence';
import { sampleCode, sampleOverview } from './samples';
import { sampleChecked, sampleSetupCode } from './sampleGateway';
import { sampleLink, sampleQr } from './qr';

/** A platform that keeps everything in memory. */
export class FakePlatform extends Pretence<keyof PlatformHost> implements PlatformHost {
	devices: PlatformDevice[] = [];
	pairings: Pairing[] = [];
	apiKeys: ApiKey[] = [];
	requests: PlatformRequest[] = [];
	alerts: Alert[] = [];
	rules: AlertRule[] = [];
	entries: ActivityEntry[] = [];
	check: ActivityCheck = { kind: 'whole', first: 1, last: 12345 };
	/** What is found about the addresses of the next setup code, and what became of it. */
	checked: CheckedAddress[] = sampleChecked;
	setupUse: SetupCodeUsed | null = null;
	pageSize = 50;

	constructor(
		public view: PlatformView,
		private readonly clock: FakeClock,
		private readonly outbox: FakeOutbox,
		private readonly news: (event: Event) => void
	) {
		super();
	}

	emit(event: Event): void {
		this.news(event);
	}

	copyLine = (line: string): Promise<Copied> =>
		this.answer('copyLine', [line], () => ({ clears_in_seconds: 30 }));
	copyText = (text: string) => this.answer('copyText', [text], () => undefined);

	createPairing = (form: CreatePairingCode): Promise<ShownPairing> =>
		this.answer('createPairing', [form], () => {
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
				pin: sampleOverview().pin,
				addresses: form.addresses ?? ['127.0.0.1:21327']
			};
		});
	hidePairing = (id: string) => this.answer('hidePairing', [id], () => undefined);
	cancelPairing = (id: string): Promise<Pairing> =>
		this.answer('cancelPairing', [id], () => {
			const ended_at = this.clock.at(0);
			return { ...find(this.pairings, id), status: 'cancelled', ended_at };
		});
	listPairings = (after: string | null): Promise<PairingPage> =>
		this.answer('listPairings', [after], () => {
			const { rows, next } = this.#page(this.pairings, after);
			return { pairings: rows, next };
		});
	copyPairing = (id: string, what: CopyWhat): Promise<Copied> =>
		this.answer('copyPairing', [id, what], () => ({ clears_in_seconds: 30 }));

	createSetupCode = (form: CreateSetupCode): Promise<ShownSetupCode> =>
		this.answer('createSetupCode', [form], () => sampleSetupCode(this.clock, form, this.checked));
	setupCodeUsed = (id: string) => this.answer('setupCodeUsed', [id], () => this.setupUse);

	listRequests = (after: string | null): Promise<PlatformRequestPage> =>
		this.answer('listRequests', [after], () => {
			const { rows, next } = this.#page(this.requests, after);
			return { requests: rows.map((request) => this.#noted(request)), next };
		});
	approveRequest = (id: string, seen: ApproveRequest): Promise<PlatformRequest> =>
		this.answer('approveRequest', [id, seen], () => ({
			...find(this.requests, id),
			status: 'approved'
		}));
	denyRequest = (id: string, seen: ApproveRequest): Promise<PlatformRequest> =>
		this.answer('denyRequest', [id, seen], () => ({
			...find(this.requests, id),
			status: 'denied'
		}));

	listDevices = (query: DeviceQuery): Promise<PlatformDevicePage> =>
		this.answer('listDevices', [query], () => {
			const { rows, next } = this.#page(deviceList(this.devices, query), query.after);
			return { devices: rows.map((device) => this.#noted(device)), next };
		});
	deviceSummary = () =>
		this.answer('deviceSummary', [], () => {
			const count = (fits: (device: PlatformDevice) => boolean) => this.devices.filter(fits).length;
			return {
				active: count(({ status }) => status === 'active'),
				disabled: count(({ status }) => status === 'disabled'),
				revoked: count(({ status }) => status === 'revoked'),
				connected: count(({ connected }) => connected)
			};
		});
	listAskedOf = (id: string) =>
		this.answer('listAskedOf', [id], () => this.outbox.askedOf(this.view.id, id));
	showDevice = (id: string) =>
		this.answer('showDevice', [id], () => this.#noted(find(this.devices, id)));
	editDevice = (id: string, revision: number, form: EditDevice): Promise<PlatformDevice> =>
		this.answer('editDevice', [id, revision, form], () =>
			this.#away && form.name
				? this.#queued(id, { kind: 'rename', name: form.name })
				: this.#change(id, revision, given(form))
		);
	grantPermissions = (
		id: string,
		revision: number,
		form: GrantPermissions
	): Promise<PlatformDevice> =>
		this.answer('grantPermissions', [id, revision, form], () => this.#change(id, revision, form));
	changeDevices = (form: ChangeDevices): Promise<ChangeOutcomes> =>
		this.answer('changeDevices', [form], () => ({
			outcomes: form.device_ids.map((id) => this.#outcome(id, form))
		}));
	revokeDevice = (id: string, reason: string | null): Promise<PlatformDevice> =>
		this.answer('revokeDevice', [id, reason], () =>
			this.#away
				? this.#queued(id, { kind: 'revoke', reason })
				: this.#shutOut(id, 'revoked', reason)
		);
	disableDevice = (id: string, { reason }: DisableDevice): Promise<PlatformDevice> =>
		this.answer('disableDevice', [id, { reason }], () =>
			this.#away
				? this.#queued(id, { kind: 'disable', reason: reason ?? null })
				: this.#shutOut(id, 'disabled', reason ?? null)
		);
	enableDevice = (id: string): Promise<PlatformDevice> =>
		this.answer('enableDevice', [id], () =>
			this.#change(id, null, { status: 'active', disabled_at: null, reason: null })
		);

	rotateRoleToken = (id: string, role: string): Promise<PlatformDevice> =>
		this.answer('rotateRoleToken', [id, role], () =>
			this.#away
				? this.#queued(id, { kind: 'rotate', role })
				: this.#changeToken(id, role, { rotated_at: this.clock.at(0) })
		);
	revokeRoleToken = (id: string, role: string): Promise<PlatformDevice> =>
		this.answer('revokeRoleToken', [id, role], () =>
			this.#changeToken(id, role, { revoked_at: this.clock.at(0) })
		);

	listApiKeys = () => this.answer('listApiKeys', [], () => this.apiKeys);
	createApiKey = (form: CreateApiKey): Promise<ApiKeyCreated> =>
		this.answer('createApiKey', [form], () => ({
			key: 'cpk_7F3K9QWZ_4JN2C0M5X8RTB6VHDYG1S9P4K7',
			api_key: {
				id: `key-${this.apiKeys.length + 1}`,
				name: form.name,
				prefix: 'cpk_7F3K9QWZ',
				role: form.role,
				scopes:
					form.scopes ??
					sampleOverview().roles.find(({ role }) => role === form.role)?.scopes ??
					[],
				created_at: this.clock.at(0),
				expires_at: form.expires_in_days ? this.clock.at(form.expires_in_days * 24 * 3600) : null,
				made_by: 'owner',
				rotated_at: null,
				last_used_at: null,
				revoked_at: null
			}
		}));
	copyApiKey = (id: string): Promise<Copied> =>
		this.answer('copyApiKey', [id], () => ({ clears_in_seconds: 30 }));
	hideApiKey = (id: string) => this.answer('hideApiKey', [id], () => undefined);
	revokeApiKey = (id: string): Promise<ApiKey> =>
		this.answer('revokeApiKey', [id], () => ({
			...find(this.apiKeys, id),
			revoked_at: this.clock.at(0)
		}));

	rotateApiKey = (id: string, form: RotateApiKey): Promise<ApiKeyCreated> =>
		this.answer('rotateApiKey', [id, form], () => ({
			key: 'cpk_Q9D471KE_8XJ0N44TQ5CAYW3T81ZGPM2XT0B8C',
			api_key: {
				...find(this.apiKeys, id),
				prefix: 'cpk_Q9D471KE',
				rotated_at: this.clock.at(0)
			}
		}));

	listAlerts = (status: AlertStatus, after: string | null): Promise<AlertPage> =>
		this.answer('listAlerts', [status, after], () => {
			const fits = this.alerts.filter((alert) => alert.status === status);
			const { rows, next } = this.#page(fits, after);
			return { alerts: rows, next };
		});
	acknowledgeAlert = (id: string, { note }: AcknowledgeAlert): Promise<Alert> =>
		this.answer('acknowledgeAlert', [id, { note }], () => ({
			...find(this.alerts, id),
			status: 'acknowledged',
			acknowledged_by: 'owner',
			acknowledged_at: this.clock.at(0),
			note: note ?? null
		}));
	listAlertRules = () => this.answer('listAlertRules', [], () => this.rules);
	setAlertRule = (id: string, form: SetAlertRule): Promise<AlertRule> =>
		this.answer('setAlertRule', [id, form], () => {
			const rule = find(this.rules, id);
			const usual = Object.entries(rule.bounds).map(([name, bound]) => [name, bound.default]);
			const parameters = {
				...(Object.fromEntries(usual) as Record<string, number>),
				...form.parameters
			};
			return { ...rule, ...form, parameters };
		});

	listActivity = (query: ActivityQuery): Promise<ActivityPage> =>
		this.answer('listActivity', [query], () => {
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
	verifyActivity = () => this.answer('verifyActivity', [], () => this.check);
	exportActivity = () => this.answer('exportActivity', [], () => true);

	get #away(): boolean {
		return this.view.state.kind !== 'connected';
	}

	/** With what was asked for of it and is not seen to be done. */
	#noted<T extends { id: string }>(thing: T): T & { pending?: ErrandView[] } {
		const pending = this.outbox.pending(this.view.id, thing.id);
		return pending.length > 0 ? { ...thing, pending } : thing;
	}

	/** What is asked for while the platform is away changes nothing there. */
	#queued(id: string, intent: ErrandIntent): PlatformDevice {
		this.outbox.ask(this.view, find(this.devices, id), intent);
		return this.#noted(find(this.devices, id));
	}

	/** Changes a device here, as the platform would. */
	#change(id: string, revision: number | null, changes: Partial<PlatformDevice>): PlatformDevice {
		const device = find(this.devices, id);
		if (revision !== null && revision !== device.revision)
			throw new HostError({ code: 'changed_meanwhile', message: 'It changed.', hint: null });
		const changed = { ...device, ...changes, revision: device.revision + 1 };
		this.devices = this.devices.map((known) => (known.id === id ? changed : known));
		return changed;
	}

	#changeToken(id: string, role: string, changes: Partial<RoleToken>): PlatformDevice {
		const { gateway } = find(this.devices, id);
		if (!gateway) throw new Error(`${id} has no tokens by role`);
		const tokens = gateway.tokens.map((token) =>
			token.role === role ? { ...token, ...changes } : token
		);
		return this.#change(id, null, { gateway: { ...gateway, tokens } });
	}

	#shutOut(id: string, status: 'disabled' | 'revoked', reason: string | null): PlatformDevice {
		const at = this.clock.at(0);
		const since = status === 'revoked' ? { revoked_at: at } : { disabled_at: at };
		return this.#change(id, null, { status, connected: false, reason, ...since });
	}

	#outcome(id: string, form: ChangeDevices): ChangeOutcome {
		const { action } = form;
		const device = find(this.devices, id);
		if (device.status === 'revoked' && (action !== 'revoke' || this.#away)) {
			const error: ErrorBody = {
				code: 'already_revoked',
				message: 'This device was revoked, which is final.',
				hint: null
			};
			return { device_id: id, outcome: 'refused', device: null, error };
		}
		if (this.#away) {
			this.outbox.ask(this.view, device, intentOf(form, device));
			return { device_id: id, outcome: 'queued', device: plain(device), error: null };
		}
		const changed = (): PlatformDevice => {
			switch (form.action) {
				case 'revoke':
					return this.#shutOut(id, 'revoked', form.reason ?? null);
				case 'disable':
					return this.#shutOut(id, 'disabled', form.reason ?? null);
				case 'enable':
					return this.#change(id, null, { status: 'active' });
				default: {
					return this.#change(id, null, { tags: tagsAfter(form, device) });
				}
			}
		};
		return { device_id: id, outcome: 'changed', device: plain(changed()), error: null };
	}

	#page<T extends { id: string }>(all: T[], after: string | null) {
		const start = after === null ? 0 : all.findIndex(({ id }) => id === after) + 1;
		const rows = all.slice(start, start + this.pageSize);
		const more = start + this.pageSize < all.length;
		return { rows, next: more ? (rows.at(-1)?.id ?? null) : null };
	}
}

/** A device as the contract has it, without what only lists say. */
function plain(device: PlatformDevice): Device {
	const known = { ...device };
	delete known.gateway;
	delete known.pending;
	return known;
}

type Tagging = Extract<ChangeDevices, { tags: string[] }>;

function tagsAfter(form: Tagging, { tags }: PlatformDevice): string[] {
	const others = tags.filter((tag) => !form.tags.includes(tag));
	return [...others, ...(form.action === 'add_tags' ? form.tags : [])];
}

/** What is asked for of one device when many are changed. */
function intentOf(form: ChangeDevices, device: PlatformDevice): ErrandIntent {
	switch (form.action) {
		case 'revoke':
		case 'disable':
			return { kind: form.action, reason: form.reason ?? null };
		case 'enable':
			return { kind: 'enable' };
		default:
			return { kind: 'edit_tags', tags: tagsAfter(form, device) };
	}
}

/** What a form names, without what it leaves out. */
const given = (form: EditDevice): Partial<PlatformDevice> =>
	Object.fromEntries(Object.entries(form).filter(([, value]) => value !== null));

/** Devices as the platform would list them. */
function deviceList(all: PlatformDevice[], query: DeviceQuery): PlatformDevice[] {
	const words = (query.q ?? '').toLowerCase().split(/\s+/).filter(Boolean);
	const text = (device: PlatformDevice) =>
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
	const at = ({ name, last_seen_at, paired_at }: PlatformDevice) =>
		key === 'name' ? name : key === 'seen' ? (last_seen_at ?? '') : paired_at;
	const sign = query.sort?.startsWith('-') ? -1 : 1;
	return fits.sort((a, b) => sign * at(a).localeCompare(at(b)));
}

function find<T extends { id: string }>(all: T[], id: string): T {
	const found = all.find((entry) => entry.id === id);
	if (!found) throw new HostError({ code: 'not_found', message: 'It is not there.', hint: null });
	return found;
}

// The one file that knows Tauri. Everything else speaks to a `Host` and, for what platforms hold, to a `PlatformHost`.
import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import type { AcknowledgeAlert } from '$lib/bindings/AcknowledgeAlert';
import type { ActivityCheck } from '$lib/bindings/ActivityCheck';
import type { ActivityPage } from '$lib/bindings/ActivityPage';
import type { ActivityQuery } from '$lib/bindings/ActivityQuery';
import type { AddPlatform } from '$lib/bindings/AddPlatform';
import type { AlarmView } from '$lib/bindings/AlarmView';
import type { Alert } from '$lib/bindings/Alert';
import type { AlertPage } from '$lib/bindings/AlertPage';
import type { AlertRule } from '$lib/bindings/AlertRule';
import type { AlertStatus } from '$lib/bindings/AlertStatus';
import type { ApiKey } from '$lib/bindings/ApiKey';
import type { ApiKeyCreated } from '$lib/bindings/ApiKeyCreated';
import type { AppEvent } from '$lib/bindings/AppEvent';
import type { ApproveRequest } from '$lib/bindings/ApproveRequest';
import type { BackupView } from '$lib/bindings/BackupView';
import type { BundleCheck } from '$lib/bindings/BundleCheck';
import type { ChangeDevices } from '$lib/bindings/ChangeDevices';
import type { ChangeOutcomes } from '$lib/bindings/ChangeOutcomes';
import type { Copied } from '$lib/bindings/Copied';
import type { CopyWhat } from '$lib/bindings/CopyWhat';
import type { CreateApiKey } from '$lib/bindings/CreateApiKey';
import type { CreatePairingCode } from '$lib/bindings/CreatePairingCode';
import type { CreateSetupCode } from '$lib/bindings/CreateSetupCode';
import type { DataFile } from '$lib/bindings/DataFile';
import type { DeviceQuery } from '$lib/bindings/DeviceQuery';
import type { DeviceSummary } from '$lib/bindings/DeviceSummary';
import type { DisableDevice } from '$lib/bindings/DisableDevice';
import type { EditDevice } from '$lib/bindings/EditDevice';
import type { ErrandChoice } from '$lib/bindings/ErrandChoice';
import type { ErrandView } from '$lib/bindings/ErrandView';
import type { Export } from '$lib/bindings/Export';
import type { Exported } from '$lib/bindings/Exported';
import type { FoundActivityPage } from '$lib/bindings/FoundActivityPage';
import type { FoundWaiting } from '$lib/bindings/FoundWaiting';
import type { GrantPermissions } from '$lib/bindings/GrantPermissions';
import type { JournalPage } from '$lib/bindings/JournalPage';
import type { JournalQuery } from '$lib/bindings/JournalQuery';
import type { KeyPlace } from '$lib/bindings/KeyPlace';
import type { LocalGateway } from '$lib/bindings/LocalGateway';
import type { OutboxPage } from '$lib/bindings/OutboxPage';
import type { Overview } from '$lib/bindings/Overview';
import type { Pairing } from '$lib/bindings/Pairing';
import type { PairingPage } from '$lib/bindings/PairingPage';
import type { PlatformDevice } from '$lib/bindings/PlatformDevice';
import type { PlatformDevicePage } from '$lib/bindings/PlatformDevicePage';
import type { PlatformRequest } from '$lib/bindings/PlatformRequest';
import type { PlatformRequestPage } from '$lib/bindings/PlatformRequestPage';
import type { PlatformView } from '$lib/bindings/PlatformView';
import type { Refusal } from '$lib/bindings/Refusal';
import type { Restored } from '$lib/bindings/Restored';
import type { ReviewChangePage } from '$lib/bindings/ReviewChangePage';
import type { ReviewCounts } from '$lib/bindings/ReviewCounts';
import type { ReviewDevicePage } from '$lib/bindings/ReviewDevicePage';
import type { ReviewKind } from '$lib/bindings/ReviewKind';
import type { ReviewQuery } from '$lib/bindings/ReviewQuery';
import type { ReviewedDevice } from '$lib/bindings/ReviewedDevice';
import type { RotateApiKey } from '$lib/bindings/RotateApiKey';
import type { SetAlertRule } from '$lib/bindings/SetAlertRule';
import type { SetupCodeUsed } from '$lib/bindings/SetupCodeUsed';
import type { ShownPairing } from '$lib/bindings/ShownPairing';
import type { ShownSetupCode } from '$lib/bindings/ShownSetupCode';
import type { Theme } from '$lib/bindings/Theme';
import type { TombstonePage } from '$lib/bindings/TombstonePage';
import { HostError } from '$lib/hostError';

/** What goes on the clipboard. */
export interface Clipboard {
	/** Copies a line that holds a secret which is still shown. */
	copyLine(line: string): Promise<Copied>;
	/** Puts text that is no secret on the clipboard. */
	copyText(text: string): Promise<void>;
}

/**
 * What the window may ask of one platform. What that cannot do is refused as `unsupported`; its capabilities say so beforehand.
 * Every method rejects with a `HostError`.
 */
export interface PlatformHost extends Clipboard {
	createPairing(form: CreatePairingCode): Promise<ShownPairing>;
	hidePairing(pairingId: string): Promise<void>;
	cancelPairing(pairingId: string): Promise<Pairing>;
	listPairings(after: string | null): Promise<PairingPage>;
	copyPairing(pairingId: string, what: CopyWhat): Promise<Copied>;

	createSetupCode(form: CreateSetupCode): Promise<ShownSetupCode>;
	/** What became of a setup code; `null` while nobody has used it. */
	setupCodeUsed(setupId: string): Promise<SetupCodeUsed | null>;

	listRequests(after: string | null): Promise<PlatformRequestPage>;
	approveRequest(requestId: string, seen: ApproveRequest): Promise<PlatformRequest>;
	denyRequest(requestId: string, seen: ApproveRequest): Promise<PlatformRequest>;

	listDevices(query: DeviceQuery): Promise<PlatformDevicePage>;
	deviceSummary(): Promise<DeviceSummary>;
	showDevice(deviceId: string): Promise<PlatformDevice>;
	/** What was asked for of a device or request on this computer, whether or not it is over; the latest 20, the latest first. */
	listAskedOf(id: string): Promise<ErrandView[]>;
	/** Refused as `changed_meanwhile` when the device is no longer at `revision`; so is the next one. */
	editDevice(deviceId: string, revision: number, form: EditDevice): Promise<PlatformDevice>;
	grantPermissions(
		deviceId: string,
		revision: number,
		form: GrantPermissions
	): Promise<PlatformDevice>;
	changeDevices(form: ChangeDevices): Promise<ChangeOutcomes>;
	revokeDevice(deviceId: string, reason: string | null): Promise<PlatformDevice>;
	disableDevice(deviceId: string, form: DisableDevice): Promise<PlatformDevice>;
	enableDevice(deviceId: string): Promise<PlatformDevice>;

	rotateRoleToken(deviceId: string, role: string): Promise<PlatformDevice>;
	revokeRoleToken(deviceId: string, role: string): Promise<PlatformDevice>;

	listApiKeys(): Promise<ApiKey[]>;
	createApiKey(form: CreateApiKey): Promise<ApiKeyCreated>;
	copyApiKey(apiKeyId: string): Promise<Copied>;
	hideApiKey(apiKeyId: string): Promise<void>;
	rotateApiKey(apiKeyId: string, form: RotateApiKey): Promise<ApiKeyCreated>;
	revokeApiKey(apiKeyId: string): Promise<ApiKey>;

	listAlerts(status: AlertStatus, after: string | null): Promise<AlertPage>;
	acknowledgeAlert(alertId: string, form: AcknowledgeAlert): Promise<Alert>;
	listAlertRules(): Promise<AlertRule[]>;
	setAlertRule(ruleId: string, form: SetAlertRule): Promise<AlertRule>;

	listActivity(query: ActivityQuery): Promise<ActivityPage>;
	verifyActivity(): Promise<ActivityCheck>;
	/** Opens the system's save dialog; `false` when the person closed it. */
	exportActivity(): Promise<boolean>;
}

/** Looking through all platforms at once, from what was last heard of them: it needs no network. */
export interface ReviewHost {
	reviewDevices(query: ReviewQuery): Promise<ReviewDevicePage>;
	/** How many there are of the query's platform and standing, by what else they can be narrowed by. */
	reviewCounts(query: ReviewQuery): Promise<ReviewCounts>;
	reviewDevice(platform: string, deviceId: string): Promise<ReviewedDevice>;
	/** Groups are this computer's: no platform hears of them. */
	putInGroup(platform: string, deviceId: string, group: string | null): Promise<ReviewedDevice>;
	/** What has changed since the last review, after the change with this number. */
	reviewChanges(kind: ReviewKind | null, after: number): Promise<ReviewChangePage>;
	/** All changes up to this one have been looked at, and none that came later. */
	markReviewed(upTo: number): Promise<void>;
	/** All that are over, or those that are searched for. */
	listTombstones(search: string | null, before: number | null): Promise<TombstonePage>;
	/** Of all platforms, as the two that follow. */
	searchActivity(search: string, before: number | null): Promise<FoundActivityPage>;
	searchWaiting(search: string): Promise<FoundWaiting[]>;
}

/** What the window may ask of the program around it. Every method rejects with a `HostError`. */
export interface Host extends Clipboard, ReviewHost {
	overview(): Promise<Overview>;
	setNearby(on: boolean): Promise<Overview>;
	setTheme(theme: Theme): Promise<Overview>;
	refreshAddresses(): Promise<Overview>;
	/** Opens the system's folder chooser; `null` when the person closed it. */
	moveSecretsFile(): Promise<Overview | null>;
	revealSecretsFile(): Promise<void>;

	platforms(): Promise<PlatformView[]>;
	addPlatform(form: AddPlatform): Promise<PlatformView>;
	renamePlatform(platform: string, name: string): Promise<PlatformView>;
	/** Forgets it here. What it holds stays as it is; the answer is what could not be cleared up there. */
	removePlatform(platform: string): Promise<Refusal | null>;
	signInPlatform(platform: string, credential: string): Promise<PlatformView>;
	/** Accepts this certificate, which a person has compared, and no other. */
	acceptCertificate(platform: string, shown: string): Promise<PlatformView>;
	tryPlatformNow(platform: string): Promise<PlatformView>;
	/** The gateway on this computer, as its configuration describes it. */
	localGateway(): Promise<LocalGateway | null>;
	/** Begins or ends to look for gateways on the network; those that are found are an event. */
	lookForGateways(on: boolean): Promise<void>;
	/** What was asked for and is not over, on all platforms, after this errand; 0 from the beginning. */
	listOutbox(after: number): Promise<OutboxPage>;
	/** How one of them stands, whether or not it is over. */
	showErrand(errand: number): Promise<ErrandView>;
	/** Takes back what was never sent. */
	withdrawErrand(errand: number): Promise<ErrandView>;
	/** Does what a person chose about something that failed; answers what is asked for instead. */
	chooseErrand(errand: number, choice: ErrandChoice): Promise<ErrandView | null>;
	/** Devices with this key that are let in or disabled, and requests with it that wait, on every platform. */
	keyPlaces(key: string): Promise<KeyPlace[]>;
	/** Asks every platform that knows this key to shut its devices out for good, and not to let in who asks with it. */
	revokeEverywhere(key: string, reason: string | null): Promise<ErrandView[]>;
	/** Keys of devices that were over, and that came back. */
	listAlarms(): Promise<AlarmView[]>;
	/** Notes that a person has looked at it. */
	acknowledgeAlarm(alarm: number): Promise<void>;

	/** What was done on this computer, newest first. */
	listJournal(query: JournalQuery): Promise<JournalPage>;
	verifyJournal(): Promise<ActivityCheck>;
	/** The fingerprint of the key that signs bundles; `null` before the first one. */
	signingFingerprint(): Promise<string | null>;
	/** Opens the system's save dialog; `null` when the person closed it. */
	exportRecords(what: Export): Promise<Exported | null>;
	/** Opens the system's file chooser; `null` when the person closed it. */
	verifyBundle(): Promise<BundleCheck | null>;

	/** The file that this computer keeps: where it is, and how much is in it. */
	dataFile(): Promise<DataFile>;
	/** Opens the system's save dialog; answers where the copy is, `null` when the person closed it. */
	backUp(): Promise<string | null>;
	/** Opens the system's file chooser and looks at what was chosen; `null` when the person closed it. */
	chooseBackup(): Promise<BackupView | null>;
	/** Puts the backup that was chosen last in the place of the file. */
	restoreBackup(): Promise<Restored>;
	/** One of the platforms. */
	on(platform: string): PlatformHost;

	/** Calls `onEvent` for everything that happens; resolves once it listens. */
	listen(onEvent: (event: AppEvent) => void): Promise<() => void>;
}

async function call<T>(command: string, args: Record<string, unknown> = {}): Promise<T> {
	try {
		return await invoke<T>(command, args);
	} catch (refusal) {
		throw HostError.from(refusal);
	}
}

const clipboard: Clipboard = {
	copyLine: (line) => call('copy_line', { line }),
	copyText: (text) => navigator.clipboard.writeText(text)
};

function tauriPlatform(platform: string): PlatformHost {
	const here = <T>(command: string, args: Record<string, unknown> = {}): Promise<T> =>
		call(command, { platform, ...args });
	return {
		...clipboard,

		createPairing: (form) => here('create_pairing', { form }),
		hidePairing: (pairingId) => call('hide_pairing', { pairingId }),
		cancelPairing: (pairingId) => here('cancel_pairing', { pairingId }),
		listPairings: (after) => here('list_pairings', { after }),
		copyPairing: (pairingId, what) => call('copy_pairing', { pairingId, what }),

		createSetupCode: (form) => here('create_setup_code', { form }),
		setupCodeUsed: (setupId) => here('setup_code_used', { setupId }),

		listRequests: (after) => here('list_requests', { after }),
		approveRequest: (requestId, seen) => here('approve_request', { requestId, seen }),
		denyRequest: (requestId, seen) => here('deny_request', { requestId, seen }),

		listDevices: (query) => here('list_devices', { query }),
		deviceSummary: () => here('device_summary'),
		showDevice: (deviceId) => here('show_device', { deviceId }),
		listAskedOf: (id) => here('list_asked_of', { id }),
		editDevice: (deviceId, revision, form) => here('edit_device', { deviceId, revision, form }),
		grantPermissions: (deviceId, revision, form) =>
			here('grant_permissions', { deviceId, revision, form }),
		changeDevices: (form) => here('change_devices', { form }),
		revokeDevice: (deviceId, reason) => here('revoke_device', { deviceId, reason }),
		disableDevice: (deviceId, form) => here('disable_device', { deviceId, form }),
		enableDevice: (deviceId) => here('enable_device', { deviceId }),

		rotateRoleToken: (deviceId, role) => here('rotate_role_token', { deviceId, role }),
		revokeRoleToken: (deviceId, role) => here('revoke_role_token', { deviceId, role }),

		listApiKeys: () => here('list_api_keys'),
		createApiKey: (form) => here('create_api_key', { form }),
		copyApiKey: (apiKeyId) => call('copy_api_key', { apiKeyId }),
		hideApiKey: (apiKeyId) => call('hide_api_key', { apiKeyId }),
		rotateApiKey: (apiKeyId, form) => here('rotate_api_key', { apiKeyId, form }),
		revokeApiKey: (apiKeyId) => here('revoke_api_key', { apiKeyId }),

		listAlerts: (status, after) => here('list_alerts', { status, after }),
		acknowledgeAlert: (alertId, form) => here('acknowledge_alert', { alertId, form }),
		listAlertRules: () => here('list_alert_rules'),
		setAlertRule: (ruleId, form) => here('set_alert_rule', { ruleId, form }),

		listActivity: (query) => here('list_activity', { query }),
		verifyActivity: () => here('verify_activity'),
		exportActivity: () => here('export_activity')
	};
}

const review: ReviewHost = {
	reviewDevices: (query) => call('review_devices', { query }),
	reviewCounts: (query) => call('review_counts', { query }),
	reviewDevice: (platform, deviceId) => call('review_device', { platform, deviceId }),
	putInGroup: (platform, deviceId, group) => call('put_in_group', { platform, deviceId, group }),
	reviewChanges: (kind, after) => call('review_changes', { kind, after }),
	markReviewed: (upTo) => call('mark_reviewed', { upTo }),
	listTombstones: (search, before) => call('list_tombstones', { search, before }),
	searchActivity: (search, before) => call('search_activity', { search, before }),
	searchWaiting: (search) => call('search_waiting', { search })
};

export const tauriHost: Host = {
	...clipboard,
	...review,
	overview: () => call('overview'),
	setNearby: (on) => call('set_nearby', { on }),
	setTheme: (theme) => call('set_theme', { theme }),
	refreshAddresses: () => call('refresh_addresses'),
	moveSecretsFile: () => call('move_secrets_file'),
	revealSecretsFile: () => call('reveal_secrets_file'),

	platforms: () => call('platforms'),
	addPlatform: (form) => call('add_platform', { form }),
	renamePlatform: (platform, name) => call('rename_platform', { platform, name }),
	removePlatform: (platform) => call('remove_platform', { platform }),
	signInPlatform: (platform, credential) => call('sign_in_platform', { platform, credential }),
	acceptCertificate: (platform, shown) => call('accept_certificate', { platform, shown }),
	tryPlatformNow: (platform) => call('try_platform_now', { platform }),
	localGateway: () => call('local_gateway'),
	lookForGateways: (on) => call('look_for_gateways', { on }),
	listOutbox: (after) => call('list_outbox', { after }),
	showErrand: (errand) => call('show_errand', { errand }),
	withdrawErrand: (errand) => call('withdraw_errand', { errand }),
	chooseErrand: (errand, choice) => call('choose_errand', { errand, choice }),
	keyPlaces: (key) => call('key_places', { key }),
	revokeEverywhere: (key, reason) => call('revoke_everywhere', { key, reason }),
	listAlarms: () => call('list_alarms'),
	acknowledgeAlarm: (alarm) => call('acknowledge_alarm', { alarm }),

	listJournal: (query) => call('list_journal', { query }),
	verifyJournal: () => call('verify_journal'),
	signingFingerprint: () => call('signing_fingerprint'),
	exportRecords: (what) => call('export_records', { what }),
	verifyBundle: () => call('verify_bundle'),
	dataFile: () => call('data_file'),
	backUp: () => call('back_up'),
	chooseBackup: () => call('choose_backup'),
	restoreBackup: () => call('restore_backup'),
	on: tauriPlatform,

	listen: (onEvent) => listen<AppEvent>('clawpair', ({ payload }) => onEvent(payload))
};

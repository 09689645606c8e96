// The one file that knows Tauri. Everything else speaks to a `Host`.
import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import type { ActivityCheck } from '$lib/bindings/ActivityCheck';
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
import type { ChangeOutcomes } from '$lib/bindings/ChangeOutcomes';
import type { CreateApiKey } from '$lib/bindings/CreateApiKey';
import type { CreatePairingCode } from '$lib/bindings/CreatePairingCode';
import type { Device } from '$lib/bindings/Device';
import type { DevicePage } from '$lib/bindings/DevicePage';
import type { DeviceQuery } from '$lib/bindings/DeviceQuery';
import type { DeviceSummary } from '$lib/bindings/DeviceSummary';
import type { DisableDevice } from '$lib/bindings/DisableDevice';
import type { EditDevice } from '$lib/bindings/EditDevice';
import type { GrantPermissions } from '$lib/bindings/GrantPermissions';
import type { Overview } from '$lib/bindings/Overview';
import type { Pairing } from '$lib/bindings/Pairing';
import type { PairingPage } from '$lib/bindings/PairingPage';
import type { Request } from '$lib/bindings/Request';
import type { RequestPage } from '$lib/bindings/RequestPage';
import type { RotateApiKey } from '$lib/bindings/RotateApiKey';
import type { SetAlertRule } from '$lib/bindings/SetAlertRule';
import type { ShownPairing } from '$lib/bindings/ShownPairing';
import type { Theme } from '$lib/bindings/Theme';
import { HostError } from '$lib/hostError';

export type Copied = { clears_in_seconds: number };
export type PairingSecret = 'code' | 'link';

/** What the window may ask of the program around it. Every method rejects with a `HostError`. */
export interface Host {
	overview(): Promise<Overview>;
	setNearby(on: boolean): Promise<Overview>;
	setTheme(theme: Theme): Promise<Overview>;
	refreshAddresses(): Promise<Overview>;
	/** Opens the system's folder chooser; `null` when the person closed it. */
	moveSecretsFile(): Promise<Overview | null>;
	revealSecretsFile(): Promise<void>;

	createPairing(form: CreatePairingCode): Promise<ShownPairing>;
	hidePairing(pairingId: string): Promise<void>;
	cancelPairing(pairingId: string): Promise<Pairing>;
	listPairings(after: string | null): Promise<PairingPage>;
	copyPairing(pairingId: string, what: PairingSecret): Promise<Copied>;

	listRequests(after: string | null): Promise<RequestPage>;
	approveRequest(requestId: string, seen: ApproveRequest): Promise<Request>;
	denyRequest(requestId: string): Promise<Request>;

	listDevices(query: DeviceQuery): Promise<DevicePage>;
	deviceSummary(): Promise<DeviceSummary>;
	showDevice(deviceId: string): Promise<Device>;
	/** Refused as `changed_meanwhile` when the device is no longer at `revision`; so is the next one. */
	editDevice(deviceId: string, revision: number, form: EditDevice): Promise<Device>;
	grantPermissions(deviceId: string, revision: number, form: GrantPermissions): Promise<Device>;
	changeDevices(form: ChangeDevices): Promise<ChangeOutcomes>;
	revokeDevice(deviceId: string, reason: string | null): Promise<Device>;
	disableDevice(deviceId: string, form: DisableDevice): Promise<Device>;
	enableDevice(deviceId: string): Promise<Device>;

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

	/** Copies a line that holds a secret which is still shown. */
	copyLine(line: string): Promise<Copied>;
	/** Puts text that is no secret on the clipboard. */
	copyText(text: string): Promise<void>;
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

export const tauriHost: Host = {
	overview: () => call('overview'),
	setNearby: (on) => call('set_nearby', { on }),
	setTheme: (theme) => call('set_theme', { theme }),
	refreshAddresses: () => call('refresh_addresses'),
	moveSecretsFile: () => call('move_secrets_file'),
	revealSecretsFile: () => call('reveal_secrets_file'),

	createPairing: (form) => call('create_pairing', { form }),
	hidePairing: (pairingId) => call('hide_pairing', { pairingId }),
	cancelPairing: (pairingId) => call('cancel_pairing', { pairingId }),
	listPairings: (after) => call('list_pairings', { after }),
	copyPairing: (pairingId, what) => call('copy_pairing', { pairingId, what }),

	listRequests: (after) => call('list_requests', { after }),
	approveRequest: (requestId, seen) => call('approve_request', { requestId, seen }),
	denyRequest: (requestId) => call('deny_request', { requestId }),

	listDevices: (query) => call('list_devices', { query }),
	deviceSummary: () => call('device_summary'),
	showDevice: (deviceId) => call('show_device', { deviceId }),
	editDevice: (deviceId, revision, form) => call('edit_device', { deviceId, revision, form }),
	grantPermissions: (deviceId, revision, form) =>
		call('grant_permissions', { deviceId, revision, form }),
	changeDevices: (form) => call('change_devices', { form }),
	revokeDevice: (deviceId, reason) => call('revoke_device', { deviceId, reason }),
	disableDevice: (deviceId, form) => call('disable_device', { deviceId, form }),
	enableDevice: (deviceId) => call('enable_device', { deviceId }),

	listApiKeys: () => call('list_api_keys'),
	createApiKey: (form) => call('create_api_key', { form }),
	copyApiKey: (apiKeyId) => call('copy_api_key', { apiKeyId }),
	hideApiKey: (apiKeyId) => call('hide_api_key', { apiKeyId }),
	rotateApiKey: (apiKeyId, form) => call('rotate_api_key', { apiKeyId, form }),
	revokeApiKey: (apiKeyId) => call('revoke_api_key', { apiKeyId }),

	listAlerts: (status, after) => call('list_alerts', { status, after }),
	acknowledgeAlert: (alertId, form) => call('acknowledge_alert', { alertId, form }),
	listAlertRules: () => call('list_alert_rules'),
	setAlertRule: (ruleId, form) => call('set_alert_rule', { ruleId, form }),

	listActivity: (query) => call('list_activity', { query }),
	verifyActivity: () => call('verify_activity'),
	exportActivity: () => call('export_activity'),

	copyLine: (line) => call('copy_line', { line }),
	copyText: (text) => navigator.clipboard.writeText(text),
	listen: (onEvent) => listen<AppEvent>('clawpair', ({ payload }) => onEvent(payload))
};

import type { Scene } from '../stage';
import { activity } from './activity';
import { alerts } from './alerts';
import { devices } from './devices';
import { gatewayActivity, gatewayAlerts, gatewayDevices, gatewayKeys } from './gatewayDevices';
import { gatewayRequests } from './gatewayRequests';
import { keys } from './keys';
import { pairForm } from './pairForm';
import { pairResult } from './pairResult';
import { requests } from './requests';
import { platforms } from './platforms';
import { settings } from './settings';
import { setup } from './setup';

/** Every page in every state worth looking at: `page` → `state` → how to get there. */
export const scenes: Record<string, Record<string, Scene>> = {
	pair: { ...pairForm, ...pairResult, ...setup },
	requests: { ...requests, ...gatewayRequests },
	devices: { ...devices, ...gatewayDevices },
	alerts: { ...alerts, ...gatewayAlerts },
	activity: { ...activity, ...gatewayActivity },
	keys: { ...keys, ...gatewayKeys },
	platforms,
	settings
};

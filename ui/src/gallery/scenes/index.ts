import type { Scene } from '../stage';
import { activity } from './activity';
import { alerts } from './alerts';
import { dataFile } from './dataFile';
import { devices } from './devices';
import { gatewayActivity, gatewayAlerts, gatewayDevices, gatewayKeys } from './gatewayDevices';
import { gatewayRequests } from './gatewayRequests';
import { journal } from './journal';
import { keys } from './keys';
import { outbox } from './outbox';
import { pairForm } from './pairForm';
import { pairResult } from './pairResult';
import { pendingDevices, pendingRequests } from './pending';
import { requests } from './requests';
import { review, reviewElsewhere } from './review';
import { platforms } from './platforms';
import { serverActivity, serverKeys, serverPair } from './server';
import { settings } from './settings';
import { setup } from './setup';

/** Every page in every state worth looking at: `page` → `state` → how to get there. */
export const scenes: Record<string, Record<string, Scene>> = {
	pair: { ...pairForm, ...pairResult, ...setup, ...serverPair },
	requests: { ...requests, ...gatewayRequests, ...pendingRequests },
	devices: { ...devices, ...gatewayDevices, ...reviewElsewhere, ...pendingDevices },
	review,
	outbox,
	alerts: { ...alerts, ...gatewayAlerts },
	activity: { ...activity, ...gatewayActivity, ...serverActivity },
	keys: { ...keys, ...gatewayKeys, ...serverKeys },
	journal,
	platforms,
	settings: { ...settings, ...dataFile }
};

import type { Scene } from '../stage';
import { activity } from './activity';
import { alerts } from './alerts';
import { devices } from './devices';
import { keys } from './keys';
import { pairForm } from './pairForm';
import { pairResult } from './pairResult';
import { requests } from './requests';
import { settings } from './settings';

/** Every page in every state worth looking at: `page` → `state` → how to get there. */
export const scenes: Record<string, Record<string, Scene>> = {
	pair: { ...pairForm, ...pairResult },
	requests,
	devices,
	alerts,
	activity,
	keys,
	settings
};

import type { Scene } from '../stage';
import { devices } from './devices';
import { keys } from './keys';
import { pairForm } from './pairForm';
import { pairResult } from './pairResult';
import { settings } from './settings';

/** Every page in every state worth looking at: `page` → `state` → how to get there. */
export const scenes: Record<string, Record<string, Scene>> = {
	pair: { ...pairForm, ...pairResult },
	devices,
	keys,
	settings
};

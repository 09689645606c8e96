import type { PlatformDevice } from '$lib/bindings/PlatformDevice';
import type { DeviceQuery } from '$lib/bindings/DeviceQuery';
import { instant } from '$lib/format/time';

export const standings = ['all', 'connected', 'offline', 'disabled', 'revoked'] as const;
export type Standing = (typeof standings)[number];

export const sorts = ['-seen', 'seen', 'name', '-name', '-paired', 'paired'] as const;
export type DeviceSort = (typeof sorts)[number];

/** Not heard for so many days; `null` does not narrow. */
export const UNSEEN_DAYS: (number | null)[] = [null, 1, 7, 30, 90];
const DAY_MS = 24 * 3600 * 1000;

/** Which devices to show, and in which order. */
export type DeviceFilter = {
	words: string;
	standing: Standing;
	type: string | null;
	permission: string | null;
	tag: string | null;
	unseenDays: number | null;
	sort: DeviceSort;
};

export const EVERY_DEVICE: DeviceFilter = {
	words: '',
	standing: 'all',
	type: null,
	permission: null,
	tag: null,
	unseenDays: null,
	sort: '-seen'
};

/** Whether it leaves some out. */
export const narrows = ({ words, standing, type, permission, tag, unseenDays }: DeviceFilter) =>
	words.trim() !== '' ||
	standing !== 'all' ||
	[type, permission, tag, unseenDays].some((wanted) => wanted !== null);

/** The platform's words for a standing. */
const asked: Record<Standing, Pick<DeviceQuery, 'status' | 'connected'>> = {
	all: { status: null, connected: null },
	connected: { status: null, connected: true },
	offline: { status: 'active', connected: false },
	disabled: { status: 'disabled', connected: null },
	revoked: { status: 'revoked', connected: null }
};

export function deviceQuery(filter: DeviceFilter, now: number, after: string | null): DeviceQuery {
	const { words, standing, type, permission, tag, unseenDays, sort } = filter;
	return {
		...asked[standing],
		device_type: type,
		permission,
		tag,
		seen_before: unseenDays === null ? null : instant(now - unseenDays * DAY_MS),
		q: words.trim() || null,
		sort,
		after
	};
}

/** Whether a device passes all but the words, which only the platform judges. */
export function fits(device: PlatformDevice, filter: DeviceFilter): boolean {
	const { status, connected } = asked[filter.standing];
	return (
		(status === null || device.status === status) &&
		(connected === null || device.connected === connected) &&
		(filter.type === null || device.device_type === filter.type) &&
		(filter.permission === null || device.permissions.includes(filter.permission)) &&
		(filter.tag === null || device.tags.includes(filter.tag))
	);
}

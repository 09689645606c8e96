import type { Counted } from '$lib/bindings/Counted';
import type { FoundActivity } from '$lib/bindings/FoundActivity';
import type { FoundActivityPage } from '$lib/bindings/FoundActivityPage';
import type { FoundWaiting } from '$lib/bindings/FoundWaiting';
import type { ReviewChange } from '$lib/bindings/ReviewChange';
import type { ReviewChangePage } from '$lib/bindings/ReviewChangePage';
import type { ReviewCounts } from '$lib/bindings/ReviewCounts';
import type { ReviewDevice } from '$lib/bindings/ReviewDevice';
import type { ReviewDevicePage } from '$lib/bindings/ReviewDevicePage';
import type { ReviewKind } from '$lib/bindings/ReviewKind';
import type { ReviewMark } from '$lib/bindings/ReviewMark';
import type { ReviewQuery } from '$lib/bindings/ReviewQuery';
import type { ReviewWord } from '$lib/bindings/ReviewWord';
import type { ReviewedDevice } from '$lib/bindings/ReviewedDevice';
import type { Tombstone } from '$lib/bindings/Tombstone';
import type { TombstonePage } from '$lib/bindings/TombstonePage';
import { HostError } from '$lib/hostError';
import type { FakeClock } from './FakeClock';

const DAY = 24 * 3600;

/** What was last heard of all platforms, in memory. */
export class FakeReview {
	devices: ReviewDevice[] = [];
	changes: ReviewChange[] = [];
	reviewedAt: string | null = null;
	reviewed = 0;
	tombstones: Tombstone[] = [];
	activity: FoundActivity[] = [];
	waiting: FoundWaiting[] = [];
	/** Whether a search finds more than can be ordered. */
	findsVeryMany = false;
	pageSize = 50;

	constructor(private readonly clock: FakeClock) {}

	page(query: ReviewQuery): ReviewDevicePage {
		const fits = this.devices.filter((device) => this.#fits(device, query));
		const sign = query.descending ? -1 : 1;
		const at = ({ device }: ReviewDevice) =>
			({ name: device.name, paired: device.paired_at, seen: device.last_seen_at ?? '' })[
				query.order
			];
		const rows = fits.sort((a, b) => sign * at(a).localeCompare(at(b)));
		const start = Number(query.after ?? 0);
		const end = start + this.pageSize;
		return {
			devices: rows.slice(start, end),
			next: end < rows.length ? String(end) : null,
			ordered: !(this.findsVeryMany && query.search)
		};
	}

	counts({ platform, standing, unseen_days }: ReviewQuery): ReviewCounts {
		const there = this.devices.filter(
			(device) => platform === null || device.platform === platform
		);
		const among = there.filter((device) => standing === null || device.standing === standing);
		const stands = (wanted: string) => there.filter(({ standing }) => standing === wanted).length;
		const marks: ReviewMark[] = ['never_used', 'not_seen', 'broad', 'unknown_type', 'expiring'];
		const words = (of: (device: ReviewDevice) => string[]): ReviewWord[] => {
			const all = among.flatMap(of);
			return [...new Set(all)]
				.sort()
				.map((word) => ({ word, count: all.filter((other) => other === word).length }));
		};
		return {
			active: stands('active'),
			disabled: stands('disabled'),
			revoked: stands('revoked'),
			gone: stands('gone'),
			marks: marks.map((mark) => ({
				mark,
				counted: exactly(among.filter((device) => this.#has(device, mark, unseen_days)).length)
			})),
			tags: words(({ device }) => device.tags),
			groups: words(({ group }) => (group === null ? [] : [group])),
			types: words(({ device }) => [device.device_type])
		};
	}

	one(platform: string, id: string): ReviewedDevice {
		const device = this.#find(platform, id);
		const key = device.device.key_fingerprint;
		return {
			device,
			same_key: this.devices.filter(
				(other) => other !== device && other.device.key_fingerprint === key
			)
		};
	}

	put(platform: string, id: string, group: string | null): ReviewedDevice {
		const before = this.#find(platform, id);
		this.devices = this.devices.map((device) =>
			device === before ? { ...device, group } : device
		);
		return this.one(platform, id);
	}

	changesAfter(kind: ReviewKind | null, after: number): ReviewChangePage {
		const open = this.changes.filter(({ number }) => number > this.reviewed);
		const fits = open.filter(
			(change) => change.number > after && (kind === null || change.kind === kind)
		);
		const changes = fits.slice(0, this.pageSize);
		const many = (wanted: ReviewKind) => exactly(open.filter(({ kind }) => kind === wanted).length);
		return {
			reviewed_at: this.reviewedAt,
			changes,
			next: fits.length > changes.length ? (changes.at(-1)?.number ?? null) : null,
			added: many('added'),
			ended: many('ended'),
			rights: many('rights'),
			last: this.changes.at(-1)?.number ?? 0
		};
	}

	mark(upTo: number): void {
		this.reviewed = Math.max(this.reviewed, upTo);
		this.reviewedAt = this.clock.at(0);
	}

	activityBefore(search: string, before: number | null): FoundActivityPage {
		const fits = this.activity.filter(
			({ known, platform_name, entry }) =>
				(before === null || known < before) &&
				hasWords(search, [platform_name, ...entry.subjects.map(({ name }) => name)])
		);
		const entries = fits.slice(0, this.pageSize);
		const more = fits.length > entries.length;
		return { entries, next: more ? (entries.at(-1)?.known ?? null) : null };
	}

	waitingFor(search: string): FoundWaiting[] {
		return this.waiting.filter(({ name, device_type, platform_name }) =>
			hasWords(search, [name, device_type, platform_name])
		);
	}

	tombstonesBefore(search: string | null, before: number | null): TombstonePage {
		const fits = this.tombstones.filter(
			({ number, name, key, why, platform_name }) =>
				(before === null || number < before) && hasWords(search, [name, key, why, platform_name])
		);
		const tombstones = fits.slice(0, this.pageSize);
		const more = fits.length > tombstones.length;
		return { tombstones, next: more ? (tombstones.at(-1)?.number ?? null) : null };
	}

	#find(platform: string, id: string): ReviewDevice {
		const found = this.devices.find(
			(device) => device.platform === platform && device.device.id === id
		);
		if (!found) throw new HostError({ code: 'not_found', message: 'It is not there.', hint: null });
		return found;
	}

	#fits(reviewed: ReviewDevice, query: ReviewQuery): boolean {
		const { device } = reviewed;
		const texts = [device.name, device.device_type, reviewed.platform_name];
		return (
			(query.platform === null || reviewed.platform === query.platform) &&
			(query.standing === null || reviewed.standing === query.standing) &&
			(query.device_type === null || device.device_type === query.device_type) &&
			(query.tag === null || device.tags.includes(query.tag)) &&
			(query.group === null || reviewed.group === query.group) &&
			query.marks.every((mark) => this.#has(reviewed, mark, query.unseen_days)) &&
			hasWords(query.search, [...texts, ...device.permissions])
		);
	}

	#has(reviewed: ReviewDevice, mark: ReviewMark, days: number): boolean {
		if (mark === 'not_seen')
			return (reviewed.device.last_seen_at ?? '') < this.clock.at(-days * DAY);
		if (mark === 'expiring')
			return reviewed.expires_at !== null && reviewed.expires_at < this.clock.at(30 * DAY);
		return reviewed.marks.includes(mark);
	}
}

/** Whether all words of a search are among these. */
export function hasWords(search: string | null, texts: (string | null | undefined)[]): boolean {
	const text = texts.join(' ').toLowerCase();
	const words = (search ?? '').toLowerCase().split(/\s+/).filter(Boolean);
	return words.every((word) => text.includes(word));
}

const exactly = (count: number): Counted => ({ count, or_more: false });

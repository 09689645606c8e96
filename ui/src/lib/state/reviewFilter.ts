import type { ReviewMark } from '$lib/bindings/ReviewMark';
import type { ReviewOrder } from '$lib/bindings/ReviewOrder';
import type { ReviewQuery } from '$lib/bindings/ReviewQuery';
import type { ReviewStanding } from '$lib/bindings/ReviewStanding';

/** After how many days of silence a device is not seen. */
export const SILENT_DAYS = [7, 30, 90, 180];

export const reviewSorts = ['name', '-name', '-seen', 'seen', '-paired', 'paired'] as const;
export type ReviewSort = (typeof reviewSorts)[number];

/** Which devices of all platforms to show, and in which order. */
export type ReviewFilter = {
	words: string;
	platform: string | null;
	/** `null` is however they stand. */
	standing: ReviewStanding | null;
	marks: ReviewMark[];
	silentDays: number;
	type: string | null;
	tag: string | null;
	group: string | null;
	sort: ReviewSort;
};

/** Everybody who is let in. */
export const EVERYBODY_IN: ReviewFilter = {
	words: '',
	platform: null,
	standing: 'active',
	marks: [],
	silentDays: 30,
	type: null,
	tag: null,
	group: null,
	sort: 'name'
};

/** Whether it leaves out some of those who are let in. */
export const isNarrowed = ({ words, platform, marks, type, tag, group }: ReviewFilter): boolean =>
	words.trim() !== '' ||
	marks.length > 0 ||
	[platform, type, tag, group].some((wanted) => wanted !== null);

export function reviewQuery(filter: ReviewFilter, after: string | null): ReviewQuery {
	const { words, platform, standing, marks, silentDays, type, tag, group, sort } = filter;
	return {
		search: words.trim() || null,
		platform,
		standing,
		marks,
		unseen_days: silentDays,
		device_type: type,
		tag,
		group,
		order: sort.replace('-', '') as ReviewOrder,
		descending: sort.startsWith('-'),
		after
	};
}

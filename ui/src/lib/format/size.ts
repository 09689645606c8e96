import { getLocale } from '$lib/paraglide/runtime';

const UNITS = ['kilobyte', 'megabyte', 'gigabyte'] as const;

/** How large a file is, in the unit that suits it. */
export function fileSize(bytes: number): string {
	const step = Math.min(Math.max(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), 1), UNITS.length);
	const unit = UNITS[step - 1];
	return new Intl.NumberFormat(getLocale(), {
		style: 'unit',
		unit,
		maximumFractionDigits: 1
	}).format(bytes / 1000 ** step);
}

import type { PlatformKind } from '$lib/bindings/PlatformKind';
import type { PlatformState } from '$lib/bindings/PlatformState';
import type { PlatformView } from '$lib/bindings/PlatformView';
import type { Refusal } from '$lib/bindings/Refusal';
import { m } from '$lib/paraglide/messages';

/** What a person calls it. */
export const platformName = ({ kind, name, address }: PlatformView): string =>
	kind === 'embedded' ? m.platform_embedded() : name || (address ?? '');

const kinds: Record<PlatformKind, () => string> = {
	embedded: m.platform_kind_embedded,
	server: m.platform_kind_server,
	openclaw: m.platform_kind_openclaw
};
export const platformKind = (kind: PlatformKind): string => kinds[kind]();

export type StateTone = 'success' | 'neutral' | 'warning' | 'danger';

const states: Record<PlatformState['kind'], { word: () => string; tone: StateTone }> = {
	connected: { word: m.platform_connected, tone: 'success' },
	connecting: { word: m.platform_connecting, tone: 'neutral' },
	waiting_for_approval: { word: m.platform_waiting, tone: 'warning' },
	retrying: { word: m.platform_retrying, tone: 'warning' },
	refused: { word: m.platform_refused, tone: 'danger' }
};

/** How things stand, in a word or two. */
export function platformState({ kind }: PlatformState): { word: string; tone: StateTone } {
	return { word: states[kind].word(), tone: states[kind].tone };
}

/** Why it is not connected, if that is known. */
export const whyNot = (state: PlatformState): Refusal | null => ('why' in state ? state.why : null);

/** A fingerprint in lines of eight pairs, for comparing by eye. */
export function fingerprintLines(fingerprint: string): string[] {
	const pairs = fingerprint.split(':');
	return Array.from({ length: Math.ceil(pairs.length / 8) }, (_, line) =>
		pairs.slice(line * 8, line * 8 + 8).join(' ')
	);
}

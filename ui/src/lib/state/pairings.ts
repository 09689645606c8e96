import type { Pairing } from '$lib/bindings/Pairing';
import type { PairingStatus } from '$lib/bindings/PairingStatus';

/** The status at `now`: an open code past its time is expired, whether or not word has come. */
export function statusAt(pairing: Pairing, now: number): PairingStatus {
	return pairing.status === 'open' && Date.parse(pairing.expires_at) <= now
		? 'expired'
		: pairing.status;
}

/** How far a pairing has come; all ends are as far. */
const progress: Record<PairingStatus, number> = {
	open: 0,
	waiting: 1,
	approved: 2,
	completed: 3,
	denied: 3,
	cancelled: 3,
	expired: 3
};

/** Of two reports about one pairing, what holds. An end is final, so an older report changes nothing. */
export function merged(known: Pairing | undefined, report: Pairing): Pairing {
	if (!known) return report;
	const latest = progress[known.status] > progress[report.status] ? known : report;
	return known.typed_entry === 'burnt' ? { ...latest, typed_entry: 'burnt' } : latest;
}

export const secondsUntil = (instant: string, now: number): number =>
	Math.max(0, Math.ceil((Date.parse(instant) - now) / 1000));

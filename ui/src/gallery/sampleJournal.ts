import type { JournalEntry } from '$lib/bindings/JournalEntry';
import type { FakeClock } from './FakeClock';

const HOUR = 3600;
const here = { id: 'embedded', name: 'This computer' };
const office = { id: 'plat-2', name: 'Office server' };
const gateway = { id: 'plat-3', name: 'Workshop gateway' };

/** What somebody did on three platforms in two days, newest first. */
export function sampleJournal(clock: FakeClock): JournalEntry[] {
	let number = 13;
	const entry = (
		ago: number,
		action: string,
		changes: Partial<JournalEntry> = {}
	): JournalEntry => ({
		number: --number,
		at: clock.at(-ago),
		actor: 'you',
		action,
		platform: null,
		thing: null,
		details: null,
		...changes
	});
	const became = { actor: 'platform' as const };
	const lost = { id: 'dev-9', name: 'Lost phone' };
	return [
		entry(60, 'export', { details: 'bundle' }),
		entry(90, 'make_signing_key', { details: '7F3K-9QWZ-4JN2' }),
		entry(300, 'verified', { platform: office, thing: lost, details: 'revoke', ...became }),
		entry(900, 'failed', {
			platform: gateway,
			thing: { id: 'dev-4', name: 'Bench tablet' },
			details: 'rename: Somebody has changed this since you saw it. Nothing was overwritten.',
			...became
		}),
		entry(2 * HOUR, 'asked', {
			platform: office,
			thing: lost,
			details: 'revoke: Lost on the train'
		}),
		entry(2 * HOUR + 60, 'asked', {
			platform: gateway,
			thing: { id: 'dev-4', name: 'Bench tablet' },
			details: 'rename: Bench tablet 2'
		}),
		entry(3 * HOUR, 'reviewed'),
		entry(26 * HOUR, 'refused', {
			platform: office,
			thing: { id: 'dev-5', name: 'Greenhouse sensor' },
			details: 'grant_permissions: This API key may not change what devices may do.',
			...became
		}),
		entry(27 * HOUR, 'approve_request', {
			platform: here,
			thing: { id: 'dev-1', name: 'Kitchen hub' }
		}),
		entry(28 * HOUR, 'make_code', {
			platform: here,
			thing: { id: 'pair-1', name: null },
			details: 'Kitchen hub'
		}),
		entry(29 * HOUR, 'accept_certificate', { platform: gateway, details: 'A1:B2:C3:D4' }),
		entry(30 * HOUR, 'add_platform', { platform: office, details: 'https://office.example:8443' })
	];
}

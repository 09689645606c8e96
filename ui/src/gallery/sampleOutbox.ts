import type { ErrandView } from '$lib/bindings/ErrandView';
import type { FakeClock } from './FakeClock';

const HOUR = 3600;
const HOME = { platform: 'plat-home', platform_name: 'Home gateway' };
const WORKS = { platform: 'plat-works', platform_name: 'Works server' };

export function sampleErrand(clock: FakeClock, changes: Partial<ErrandView> = {}): ErrandView {
	return {
		id: 1,
		...WORKS,
		subject: 'dev-0198f3a2-7c11-7e53-9f0a-4b6d2c8e1f31',
		name: 'Greenhouse sensor',
		key: '7F3K-9QWZ-4JN2',
		intent: { kind: 'revoke', reason: null },
		queued_at: clock.at(-2 * HOUR),
		expires_at: null,
		attempts: 0,
		sent_at: null,
		acknowledged_at: null,
		ended_at: null,
		can_withdraw: true,
		state: { kind: 'queued', due: clock.at(-2 * HOUR) },
		...changes
	};
}

const tried = { attempts: 1, can_withdraw: false };

/** Something of every kind: what is to be decided, revocations at each step, and what only waits. */
export function sampleErrands(clock: FakeClock): ErrandView[] {
	return [
		sampleErrand(clock, {
			id: 3,
			...HOME,
			subject: '7c1d0f3a9b2e4d58',
			name: 'Ada’s phone',
			key: 'Q9D4-71KE-8XJ0',
			...tried,
			sent_at: clock.at(-50 * 60),
			ended_at: clock.at(-49 * 60),
			state: {
				kind: 'failed',
				fault: 'paired_again',
				sentence:
					'The same key was paired again after you asked for this, and is let in now. It is NOT revoked.',
				choices: ['revoke_returned', 'leave'],
				why: null
			}
		}),
		sampleErrand(clock, {
			id: 4,
			subject: 'dev-hub',
			name: 'Hallway hub',
			key: 'M2XT-0B8C-RR5V',
			intent: { kind: 'rename', name: 'Hall' },
			...tried,
			sent_at: clock.at(-30 * 60),
			ended_at: clock.at(-30 * 60),
			state: {
				kind: 'failed',
				fault: 'changed',
				sentence: 'Somebody has changed this since you saw it. Nothing was overwritten.',
				choices: ['overwrite', 'leave'],
				why: null
			}
		}),
		sampleErrand(clock, {
			id: 5,
			intent: { kind: 'revoke', reason: 'Left in a taxi on Friday' }
		}),
		sampleErrand(clock, {
			id: 6,
			...HOME,
			subject: '8d2e',
			name: 'Kitchen tablet',
			key: '4JN2-C0M5-X8RT',
			...tried,
			sent_at: clock.at(-40),
			state: { kind: 'sent' }
		}),
		sampleErrand(clock, {
			id: 7,
			...HOME,
			subject: '9e3f',
			name: 'Old laptop',
			key: '5X8R-TB6V-HDYG',
			...tried,
			sent_at: clock.at(-90),
			acknowledged_at: clock.at(-88),
			state: { kind: 'acknowledged' }
		}),
		sampleErrand(clock, {
			id: 8,
			subject: 'dev-runner',
			name: 'Night build runner',
			key: 'H4ZE-19PK-W7QD',
			intent: { kind: 'rename', name: 'Build runner, north wing' },
			queued_at: clock.at(-HOUR),
			state: { kind: 'queued', due: clock.at(-HOUR) }
		}),
		sampleErrand(clock, {
			id: 9,
			...HOME,
			subject: 'aa10',
			name: 'Desk lamp',
			key: 'TB6V-HDYG-1S9P',
			intent: { kind: 'edit_tags', tags: ['upstairs', 'study'] },
			queued_at: clock.at(-600),
			attempts: 3,
			sent_at: clock.at(-60),
			can_withdraw: false,
			state: { kind: 'queued', due: clock.at(240) }
		})
	];
}

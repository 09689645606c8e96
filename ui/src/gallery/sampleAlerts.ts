import type { Alert } from '$lib/bindings/Alert';
import type { AlertRule } from '$lib/bindings/AlertRule';
import type { ParameterBounds } from '$lib/bindings/ParameterBounds';
import type { FakeClock } from './FakeClock';

const HOUR = 3600;
const DAY = 24 * HOUR;
const SENSOR = 'dev-0198f3a2-7c11-7e53-9f0a-4b6d2c8e1f31';
const WORKSHOP = 'dev-0198f3a2-7c11-7e53-9f0a-4b6d2c8e1f35';

export function sampleAlert(clock: FakeClock, changes: Partial<Alert> = {}): Alert {
	return {
		id: 'alert-0009',
		rule: 'revoked_device_knocking',
		severity: 'medium',
		sentence: 'A device that is revoked called 3 times within 10 minutes.',
		subject: WORKSHOP,
		actor: 'device',
		address: '192.168.1.45',
		count: 3,
		first_at: clock.at(-11 * 60),
		last_at: clock.at(-120),
		quarantined_device: null,
		status: 'open',
		acknowledged_by: null,
		acknowledged_at: null,
		note: null,
		...changes
	};
}

export function sampleAlerts(clock: FakeClock): Alert[] {
	const looked = {
		status: 'acknowledged',
		acknowledged_by: 'owner',
		acknowledged_at: clock.at(-5 * DAY)
	} as const;
	return [
		sampleAlert(clock),
		sampleAlert(clock, {
			id: 'alert-0008',
			rule: 'many_failures',
			severity: 'high',
			sentence: '10 claims or sign-ins failed within 10 minutes from 192.168.1.77.',
			subject: '192.168.1.77',
			actor: null,
			address: '192.168.1.77',
			count: 1,
			first_at: clock.at(-4 * HOUR),
			last_at: clock.at(-4 * HOUR)
		}),
		sampleAlert(clock, {
			id: 'alert-0007',
			rule: 'unknown_address',
			sentence:
				'This device called from 10.8.0.31; the last time it called from 192.168.1.41, which is another network.',
			subject: SENSOR,
			address: '10.8.0.31',
			count: 1,
			quarantined_device: SENSOR,
			first_at: clock.at(-DAY),
			last_at: clock.at(-DAY)
		}),
		sampleAlert(clock, {
			id: 'alert-0003',
			rule: 'unusual_hour',
			sentence:
				'Something was changed at an hour of the day (UTC) at which this actor never changed anything before.',
			subject: 'key-a',
			actor: 'key-a',
			address: '127.0.0.1',
			count: 1,
			first_at: clock.at(-6 * DAY),
			last_at: clock.at(-6 * DAY),
			...looked,
			note: 'The night export was moved to three o’clock.'
		}),
		sampleAlert(clock, {
			id: 'alert-0002',
			rule: 'refresh_token_reuse',
			severity: 'high',
			sentence: 'A refresh token of this device was used a second time: somebody has a copy of it.',
			subject: SENSOR,
			count: 2,
			first_at: clock.at(-9 * DAY),
			last_at: clock.at(-9 * DAY),
			...looked
		})
	];
}

const minutes: ParameterBounds = { default: 10, min: 1, max: 1440 };
const many = (usual: number): ParameterBounds => ({ default: usual, min: 1, max: 10_000 });
const days = (usual: number): ParameterBounds => ({ default: usual, min: 1, max: 365 });

/** The rules as they are before anybody sets one. */
export function sampleRules(): AlertRule[] {
	const rule = (
		id: string,
		severity: AlertRule['severity'],
		can_quarantine: boolean,
		bounds: Record<string, ParameterBounds>
	): AlertRule => ({
		id,
		enabled: true,
		action: 'alert',
		can_quarantine,
		severity,
		parameters: Object.fromEntries(Object.entries(bounds).map(([name, b]) => [name, b.default])),
		bounds
	});
	return [
		rule('many_failures', 'high', false, {
			from_one_address: many(10),
			minutes,
			on_one_code: many(5),
			over_all: many(50)
		}),
		rule('unusual_hour', 'medium', false, { days_of_history: days(14) }),
		rule('unknown_address', 'medium', true, { days_of_history: days(7) }),
		rule('unexpected_device_type', 'medium', true, {}),
		rule('refresh_token_reuse', 'high', true, {}),
		rule('revoked_device_knocking', 'medium', false, { knocks: many(3), minutes })
	];
}

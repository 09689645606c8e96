import { expect, test } from 'vitest';
import { codeGroups, countdown, typedEntryCommand } from '$lib/format/code';
import { setupAddresses } from '$lib/format/address';
import { sampleAddresses } from '../../src/gallery/samples';
import { ago, clockTime, dateTime, remaining, clockOrDate } from '$lib/format/time';
import { HostError } from '$lib/hostError';

const now = Date.parse('2026-03-14T10:30:00Z');
const at = (seconds: number) => new Date(now + seconds * 1000).toISOString();

test('a code is read in groups of four and is the same code put together', () => {
	const groups = codeGroups('OCL-J4K2T8P7N1R3');
	expect(groups).toEqual(['OCL-', 'J4K2', 'T8P7', 'N1R3']);
	expect(groups.join('')).toBe('OCL-J4K2T8P7N1R3');
});

test.each([
	[600, '10:00'],
	[59.9, '00:59'],
	[-5, '00:00'],
	[86_399, '23:59:59']
])('%s seconds count down as %s', (seconds, text) => expect(countdown(seconds)).toBe(text));

test.each([
	[5, 'just now'],
	[-59, 'just now'],
	[-60, '1 min ago'],
	[-7200, '2 h ago'],
	[-259_200, '3 d ago']
])('%s seconds from now is “%s”', (seconds, text) => expect(ago(at(seconds), now)).toBe(text));

test.each([
	[30, 'under a minute'],
	[601, '11 min'],
	[86_400, '24 h']
])('%s seconds are left as “%s”', (seconds, text) =>
	expect(remaining(at(seconds), now)).toBe(text)
);

test('a time of today is told by the clock alone, and one of another day with its date', () => {
	const [midnight, before] = ['2026-03-14T00:00:00Z', '2026-03-13T23:59:59Z'];
	expect(clockOrDate(midnight, now)).toBe(clockTime(midnight));
	expect(clockOrDate(before, now)).toBe(dateTime(before));
	expect(dateTime(before)).toContain('13');
});

test('the line for typing names code, address and pin', () => {
	expect(typedEntryCommand('OCL-A', '10.0.0.1:2', 'PIN')).toBe(
		'clawpair-device pair OCL-A --server 10.0.0.1:2 --pin PIN'
	);
});

test.each([
	[{ code: 'x', message: 'No.', hint: 'Yes.' }, 'x', 'No.'],
	[new Error('broken'), 'host_failed', 'broken'],
	['text', 'host_failed', 'text']
])('whatever a host throws becomes an error with a code', (thrown, code, message) => {
	expect(HostError.from(thrown)).toMatchObject({ code, message });
});

test.each([
	['ws://127.0.0.1:18789', ['ws://192.168.1.5:18789', 'ws://10.8.0.14:18789']],
	['wss://10.8.0.14:9', ['wss://10.8.0.14:9', 'wss://192.168.1.5:9']],
	['wss://192.168.1.10:18789', ['wss://192.168.1.10:18789']],
	['wss://[fd00::1]:18789', ['wss://[fd00::1]:18789']]
])('for a gateway at %s a setup code may carry %j', (gateway, offered) =>
	expect(setupAddresses(gateway, sampleAddresses)).toEqual(offered)
);

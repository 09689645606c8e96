import { describe, expect, test } from 'vitest';
import { permissionFault } from '$lib/format/permission';
import { defaultAddresses, PairForm } from '$lib/state/pairForm.svelte';
import { sampleAddresses } from '../../src/gallery/samples';

describe('a permission', () => {
	test.each(['sensor:read', 'a:b', 'home.floor-1:lights_2', `a:${'b'.repeat(62)}`])(
		'may be %s',
		(text) => expect(permissionFault(text)).toBeNull()
	);

	test.each([
		['', 'empty'],
		['sensor', 'shape'],
		['sensor:', 'shape'],
		[':read', 'shape'],
		['a:b:c', 'shape'],
		['1a:b', 'shape'],
		['a:-b', 'shape'],
		['Sensor:read', 'capital'],
		['sensor:*', 'wildcard'],
		['sensor: read', 'character'],
		['sénsor:read', 'character'],
		[`a:${'b'.repeat(63)}`, 'too_long']
	])('may not be “%s”: %s', (text, fault) => expect(permissionFault(text)).toBe(fault));
});

const harmless = ['read', 'publish'];
const presets = [{ id: 'hub', permissions: ['lights:control'] }];

describe('the form', () => {
	test('asks first where something sensitive is granted, until the person decides', () => {
		const form = new PairForm();
		expect(form.asksFirst(harmless)).toBe(false);
		expect(form.request([], null).ask_first).toBeNull();
		form.grant('lights:control');
		expect(form.asksFirst(harmless)).toBe(true);
		form.askFirst(false);
		expect(form.asksFirst(harmless)).toBe(false);
		expect(form.request([], null).ask_first).toBe(false);
	});

	test('gives back the permissions that a preset has replaced', () => {
		const form = new PairForm();
		form.grant('valve:open');
		form.usePreset(['lights:control'], presets);
		expect(form.permissions).toEqual(['lights:control']);
		form.undoPreset();
		expect(form.permissions).toEqual(['sensor:read', 'valve:open']);
		expect(form.replaced).toBeNull();
	});

	test('gives back what was put together by hand after several presets, until it is changed', () => {
		const form = new PairForm();
		form.usePreset(['lights:control'], presets);
		form.usePreset(['sensor:read'], presets);
		expect(form.replaced).toEqual(['sensor:read']);
		form.grant('valve:open');
		expect(form.replaced).toBeNull();
	});

	test('starts narrow', () => {
		const form = new PairForm();
		expect(form.permissions).toEqual(['sensor:read']);
		expect(form.expiresInMinutes).toBe(10);
	});

	test('names what is missing only once someone wants to go on', () => {
		const form = new PairForm();
		expect(form.shows('name')).toBe(false);
		expect(form.check()).toBe(false);
		expect(form.shows('name')).toBe(true);
		form.name = 'Hub';
		expect(form.shows('name')).toBe(false);
	});

	test('takes along the permission still being typed', () => {
		const form = new PairForm();
		form.name = form.deviceType = 'Hub';
		form.editDraft(' valve:open ');
		expect(form.check()).toBe(true);
		expect(form.permissions).toEqual(['sensor:read', 'valve:open']);
	});

	test('does not go on with a faulty permission, and keeps it for correction', () => {
		const form = new PairForm();
		form.name = form.deviceType = 'Hub';
		form.editDraft('Valve:open');
		expect(form.check()).toBe(false);
		expect(form.draft).toBe('Valve:open');
		expect(form.draftFault).toBe('capital');
		form.editDraft('valve:open');
		expect(form.draftFault).toBeNull();
	});

	test('refuses the same permission twice and a thirty-third one', () => {
		const form = new PairForm();
		form.editDraft('sensor:read');
		form.addDraft();
		expect(form.draftFault).toBe('twice');
		form.permissions = Array.from({ length: 32 }, (_, i) => `a:b${i}`);
		form.editDraft('c:d');
		form.addDraft();
		expect(form.draftFault).toBe('too_many');
	});

	test('recognises a preset whatever the order', () => {
		const form = new PairForm();
		form.permissions = ['b:b', 'a:a'];
		expect(form.presetOf([{ id: 'x', permissions: ['a:a', 'b:b'] }])).toBe('x');
		form.withdraw('b:b');
		expect(form.presetOf([{ id: 'x', permissions: ['a:a', 'b:b'] }])).toBe('');
	});
});

describe('addresses', () => {
	const silent = sampleAddresses.map((choice) => ({ ...choice, answers: false }));

	test('are the local network’s, never VPN, container or loopback', () => {
		expect(defaultAddresses(sampleAddresses, true)).toEqual(['192.168.1.5:21327']);
	});

	test('are the local network’s even before they have been tried', () => {
		expect(defaultAddresses(silent, null)).toEqual(['192.168.1.5:21327']);
	});

	test('stay as chosen when the list is read again', () => {
		const form = new PairForm();
		form.toggleAddress('10.8.0.14:21327', sampleAddresses, true);
		expect(form.addressesFrom(silent, true)).toEqual(['192.168.1.5:21327', '10.8.0.14:21327']);
	});

	test('must not be none', () => {
		const form = new PairForm();
		form.toggleAddress('192.168.1.5:21327', sampleAddresses, true);
		form.check();
		expect(form.shows('addresses')).toBe(true);
	});
});

test('a code that may not be typed is asked for, and one that may is left to the platform', () => {
	const form = new PairForm();
	expect(form.request([], true)).not.toHaveProperty('typed');
	form.typed = false;
	expect(form.request([], true)).toMatchObject({ typed: false });
});

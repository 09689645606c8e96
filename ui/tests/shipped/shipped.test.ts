import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { contentSecurityPolicy } from '../../vite.shared.ts';

const dist = join(import.meta.dirname, '../../dist');
const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) =>
	statSync(join(dist, file)).isFile()
);
const code = files
	.filter((file) => /\.(js|css|html)$/.test(file))
	.map((file) => readFileSync(join(dist, file), 'utf8'))
	.join('\n');

test('holds the window and nothing of the gallery', () => {
	expect(files).toContain('index.html');
	expect(files.join('\n')).not.toMatch(/gallery/);
	expect(code).not.toMatch(/FakeHost|FakeClock|Greenhouse hub|OCL-J4K2|en-XA|⟦/);
	expect(code, 'the real host is in it').toContain('create_pairing');
});

test('sends the policy along, and nothing in the page offends it', () => {
	const html = readFileSync(join(dist, 'index.html'), 'utf8');
	const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1];
	expect(policy?.replaceAll('&#39;', "'")).toBe(contentSecurityPolicy);
	expect(html).not.toMatch(/ style=|<style|<script(?![^>]* src=)/);
});

test('asks no one else for anything', () => {
	const hosts = [...code.matchAll(/(?:url\(|src=|href=)["']?(https?:)?\/\/([^"')\s]+)/g)];
	expect(hosts.map(([whole]) => whole)).toEqual([]);
});

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pseudo } from '../../scripts/pseudo-locale.mjs';

const ui = join(import.meta.dirname, '../..');
const catalogue = JSON.parse(readFileSync(join(ui, 'i18n/messages/en.json'), 'utf8')) as object;
const code = readdirSync(join(ui, 'src'), { recursive: true, encoding: 'utf8' })
	.filter((file) => /\.(ts|svelte)$/.test(file) && !file.includes('paraglide'))
	.map((file) => readFileSync(join(ui, 'src', file), 'utf8'))
	.join('\n');

test('every message is used somewhere', () => {
	const unused = Object.keys(catalogue)
		.filter((key) => key !== '$schema')
		.filter((key) => !new RegExp(`\\bm\\.${key}\\b`).test(code));
	expect(unused).toEqual([]);
});

test('the pseudo-locale is a third longer and keeps what is filled in', () => {
	const text = pseudo('Cancel the code for {name}?');
	expect(text).toContain('{name}');
	expect(text.length).toBeGreaterThan('Cancel the code for {name}?'.length * 1.25);
	expect(text.replace('{name}', '')).not.toMatch(/[A-Za-z]{2}/);
});

import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

const tauri = {
	group: ['@tauri-apps/*'],
	message: 'Only src/lib/host.ts knows Tauri: add a method to Host instead.'
};
const gallery = {
	group: ['**/gallery/*', '**/FakeHost*'],
	message: 'The shipped window must not contain the gallery.'
};

export default ts.config(
	{
		ignores: ['dist', 'dist-gallery', '.paraglide-gallery', 'src/lib/paraglide', 'src/lib/bindings']
	},
	js.configs.recommended,
	...ts.configs.strict,
	...ts.configs.stylistic,
	...svelte.configs.recommended,
	{
		languageOptions: { globals: { ...globals.browser, ...globals.node } },
		rules: {
			'@typescript-eslint/consistent-type-definitions': 'off',
			'@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
			eqeqeq: 'error',
			'no-alert': 'error',
			'no-console': 'error',
			'no-empty': ['error', { allowEmptyCatch: false }]
		}
	},
	{
		files: ['**/*.svelte', '**/*.svelte.ts'],
		languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
		rules: {
			'svelte/no-at-html-tags': 'error',
			'svelte/no-inline-styles': ['error', { allowTransitions: false }],
			'svelte/require-each-key': 'error'
		}
	},
	{
		files: ['src/**'],
		rules: { 'no-restricted-imports': ['error', { patterns: [tauri, gallery] }] }
	},
	{
		files: ['src/lib/host.ts'],
		rules: { 'no-restricted-imports': ['error', { patterns: [gallery] }] }
	},
	{
		files: ['src/gallery/**'],
		rules: { 'no-restricted-imports': ['error', { patterns: [tauri] }] }
	},
	{
		// A component renders state; it reads no clock, starts no timer and calls no host.
		files: ['src/lib/{components,pages}/**/*.svelte'],
		rules: {
			'no-restricted-globals': ['error', 'fetch', 'setTimeout', 'setInterval', 'Date'],
			'no-restricted-imports': [
				'error',
				{
					patterns: [tauri, gallery, { group: ['$lib/host'], message: 'Go through a state class.' }]
				}
			]
		}
	},
	{ files: ['scripts/**', 'tests/**'], rules: { 'no-console': 'off' } }
);

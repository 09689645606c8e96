import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';
import { path } from './vite.shared.ts';

export default defineConfig({
	plugins: [svelte(), svelteTesting()],
	resolve: { alias: { $lib: path('./src/lib') } },
	test: {
		environment: 'jsdom',
		include: ['tests/unit/**/*.test.ts'],
		setupFiles: ['tests/unit/setup.ts'],
		env: { TZ: 'UTC' },
		restoreMocks: true,
		testTimeout: 30_000
	}
});

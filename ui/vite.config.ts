import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { build, cspMeta, path } from './vite.shared.ts';

export default defineConfig({
	plugins: [svelte(), cspMeta()],
	base: './',
	resolve: { alias: { $lib: path('./src/lib') } },
	build: { ...build, outDir: 'dist' },
	server: { port: 1420, strictPort: true },
	clearScreen: false
});

import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { build, cspMeta, path } from './vite.shared.ts';

// The gallery is the app with a pretend host and one more language. It is never shipped.
export default defineConfig({
	plugins: [svelte(), cspMeta()],
	base: './',
	resolve: {
		alias: [
			{ find: '$lib/paraglide', replacement: path('./.paraglide-gallery') },
			{ find: '$lib', replacement: path('./src/lib') }
		]
	},
	build: { ...build, outDir: 'dist-gallery', rollupOptions: { input: path('./gallery.html') } },
	server: { port: 1421, strictPort: true, open: '/gallery.html' }
});

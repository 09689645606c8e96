import type { Plugin } from 'vite';
import { fileURLToPath } from 'node:url';

/** The window's content security policy; the shell sends the same one. */
export const contentSecurityPolicy = [
	"default-src 'none'",
	"script-src 'self'",
	"style-src 'self'",
	"font-src 'self'",
	"img-src 'self' data:",
	'connect-src ipc: http://ipc.localhost',
	"base-uri 'none'",
	"form-action 'none'"
].join('; ');

/** Writes the policy into every built page. The dev server needs inline styles, so it goes without. */
export function cspMeta(): Plugin {
	return {
		name: 'csp-meta',
		apply: 'build',
		transformIndexHtml: () => [
			{
				tag: 'meta',
				attrs: { 'http-equiv': 'Content-Security-Policy', content: contentSecurityPolicy },
				injectTo: 'head-prepend'
			}
		]
	};
}

export const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** Fonts stay files: the policy allows no `data:` fonts. The window is WebKit or WebView2 of our time. */
export const build = {
	target: ['es2022', 'safari16.4'],
	assetsInlineLimit: 0,
	modulePreload: false as const,
	reportCompressedSize: false
};

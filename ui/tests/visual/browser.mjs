import { chromium } from 'playwright-core';

/** Debian's Chromium, with everything off that talks to the network by itself. */
export function launch() {
	return chromium.launch({
		executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
		args: [
			'--headless',
			'--no-sandbox',
			'--disable-gpu',
			'--disable-quic',
			'--no-first-run',
			'--disable-background-networking',
			'--disable-component-update',
			'--disable-sync',
			'--disable-lcd-text',
			'--font-render-hinting=none',
			'--force-color-profile=srgb'
		]
	});
}

/**
 * A page that remembers everything that goes wrong on it.
 * @param {import('playwright-core').Browser} browser
 */
export async function openPage(browser) {
	const context = await browser.newContext({
		locale: 'en-US',
		timezoneId: 'UTC',
		reducedMotion: 'reduce',
		viewport: { width: 1080, height: 720 }
	});
	const page = await context.newPage();
	/** @type {string[]} */
	const faults = [];
	page.on('console', (message) => {
		if (message.type() === 'error' || message.type() === 'warning') faults.push(message.text());
	});
	page.on('pageerror', (error) => faults.push(String(error)));
	page.on('requestfailed', (request) => faults.push(`failed: ${request.url()}`));
	return { page, faults };
}

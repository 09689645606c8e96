import { PNG } from 'pngjs';
import { compare } from './baseline.mjs';
import { openPage } from './browser.mjs';
import { accessibility, leaks, overflow, qr } from './checks.mjs';

const WIDTHS = [480, 1080, 1600];

/** One page of the browser that looks at one scene after the other. */
export class Onlooker {
	/**
	 * @param {import('playwright-core').Page} page
	 * @param {string[]} faults
	 * @param {string} origin
	 * @param {{ folder: string, actual: string, update: boolean }} folders
	 */
	constructor(page, faults, origin, folders) {
		this.page = page;
		this.faults = faults;
		this.origin = origin;
		this.folders = folders;
	}

	/**
	 * @param {import('playwright-core').Browser} browser
	 * @param {string} origin
	 * @param {{ folder: string, actual: string, update: boolean }} folders
	 */
	static async at(browser, origin, folders) {
		const { page, faults } = await openPage(browser);
		return new Onlooker(page, faults, origin, folders);
	}

	/** @param {string} query */
	async visit(query) {
		this.faults.length = 0;
		await this.page.setViewportSize({ width: 1080, height: 720 });
		await this.page.goto(`${this.origin}/gallery.html${query}`);
		const ready = this.page.waitForSelector('html[data-ready]', {
			timeout: 10_000,
			state: 'attached'
		});
		await ready.catch(() => {
			throw new Error(`${query} does not get ready: ${this.faults.join('; ') || 'no message'}`);
		});
	}

	/**
	 * Everything there is to say against a scene, in both themes and in the pseudo-locale.
	 * @param {{ page: string, state: string }} scene
	 * @returns {Promise<string[]>}
	 */
	async look({ page: pageName, state }) {
		const name = `${pageName}-${state}`;
		const failures = [];
		for (const theme of ['light', 'dark']) {
			await this.visit(`?page=${pageName}&state=${state}&theme=${theme}`);
			await this.#fit();
			const found = await compare(this.folders, `${name}-${theme}`, await this.#picture());
			const part = async (
				/** @type {import('playwright-core').PageScreenshotOptions['clip']} */ clip
			) => PNG.sync.read(await this.page.screenshot({ clip }));
			found.push(...(await qr(this.page, part)));
			found.push(...(await accessibility(this.page)));
			if (theme === 'light')
				for (const width of WIDTHS) found.push(...(await overflow(this.page, width)));
			failures.push(...this.#named(`${name} ${theme}`, found));
		}
		await this.visit(`?page=${pageName}&state=${state}&locale=en-XA`);
		const found = await leaks(this.page);
		for (const width of WIDTHS) found.push(...(await overflow(this.page, width)));
		failures.push(...this.#named(`${name} pseudo`, found));
		return failures;
	}

	/** The window as high as what is in it, so that nothing is below the edge of the picture. */
	async #fit() {
		const height = await this.page.evaluate(() => {
			const main = document.querySelector('main');
			return main ? Math.max(720, main.scrollHeight) : 720;
		});
		await this.page.setViewportSize({ width: 1080, height });
		// Dialogs move the focus and find their place in the frames that follow.
		await this.page.evaluate(
			() =>
				new Promise((settled) => {
					requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(settled)));
				})
		);
	}

	#picture() {
		return this.page.screenshot({ animations: 'disabled', caret: 'hide', scale: 'css' });
	}

	/**
	 * @param {string} name
	 * @param {string[]} found
	 */
	#named(name, found) {
		const all = [...found, ...this.faults.map((text) => `console: ${text}`)];
		this.faults.length = 0;
		return all.map((fault) => `${name}: ${fault}`);
	}
}

// Every page in every state in Chromium: pictures, WCAG, overflow, catalogue, CSP. Once each, no retries.
//   npm run test:visual                     compare with tests/visual/baseline
//   npm run test:visual -- --update         replace what differs
//   npm run test:visual -- --only pair/     only scenes whose name contains this
import { readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PNG } from 'pngjs';
import { compare } from './baseline.mjs';
import { launch, openPage } from './browser.mjs';
import { blindChecks } from './canary.mjs';
import { accessibility, leaks, overflow, qr } from './checks.mjs';
import { serve } from './server.mjs';

const WIDTHS = [480, 1080, 1600];
const here = dirname(fileURLToPath(import.meta.url));
const update = process.argv.includes('--update');
const only = process.argv.includes('--only')
	? (process.argv[process.argv.indexOf('--only') + 1] ?? '')
	: '';
const folders = { folder: join(here, 'baseline'), actual: join(here, 'actual'), update };
await rm(folders.actual, { recursive: true, force: true });

const server = await serve(join(here, '../../dist-gallery'));
const browser = await launch();
const { page, faults } = await openPage(browser);
/** @type {string[]} */
const failures = [];

/** @param {string} query */
async function visit(query) {
	faults.length = 0;
	await page.setViewportSize({ width: 1080, height: 720 });
	await page.goto(`${server.origin}/gallery.html${query}`);
	const ready = page.waitForSelector('html[data-ready]', { timeout: 10_000, state: 'attached' });
	await ready.catch(() => {
		throw new Error(`${query} does not get ready: ${faults.join('; ') || 'no message'}`);
	});
}

/** The window as high as what is in it, so that nothing is below the edge of the picture. */
async function fit() {
	const height = await page.evaluate(() => {
		const main = document.querySelector('main');
		return main ? Math.max(720, main.scrollHeight) : 720;
	});
	await page.setViewportSize({ width: 1080, height });
	// Dialogs move the focus and find their place in the frames that follow.
	await page.evaluate(
		() =>
			new Promise((settled) => {
				requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(settled)));
			})
	);
}

async function picture() {
	return page.screenshot({ animations: 'disabled', caret: 'hide', scale: 'css' });
}

/**
 * @param {string} name
 * @param {string[]} found
 */
function report(name, found) {
	for (const fault of [...found, ...faults.map((text) => `console: ${text}`)])
		failures.push(`${name}: ${fault}`);
	faults.length = 0;
}

/** @param {{ page: string, state: string }} scene */
async function look({ page: pageName, state }) {
	const name = `${pageName}-${state}`;
	for (const theme of ['light', 'dark']) {
		await visit(`?page=${pageName}&state=${state}&theme=${theme}`);
		await fit();
		const found = await compare(folders, `${name}-${theme}`, await picture());
		found.push(...(await qr(page, async (clip) => PNG.sync.read(await page.screenshot({ clip })))));
		found.push(...(await accessibility(page)));
		if (theme === 'light') for (const width of WIDTHS) found.push(...(await overflow(page, width)));
		report(`${name} ${theme}`, found);
	}
	await visit(`?page=${pageName}&state=${state}&locale=en-XA`);
	const found = await leaks(page);
	for (const width of WIDTHS) found.push(...(await overflow(page, width)));
	report(`${name} pseudo`, found);
}

try {
	await visit('?page=pair&state=first&locale=en-XA');
	failures.push(...(await blindChecks(page, faults)));

	await visit('');
	const all = await page.$$eval('[data-page]', (rows) =>
		rows.map((row) => ({
			page: row.getAttribute('data-page') ?? '',
			state: row.getAttribute('data-state') ?? ''
		}))
	);
	const scenes = all.filter((scene) => `${scene.page}/${scene.state}`.includes(only));
	for (const scene of scenes) {
		await look(scene).catch((error) => failures.push(`${scene.page}-${scene.state}: ${error}`));
	}

	if (only === '') {
		const known = new Set(
			all.flatMap((scene) => ['light', 'dark'].map((t) => `${scene.page}-${scene.state}-${t}.png`))
		);
		for (const file of await readdir(folders.folder).catch(() => [])) {
			if (known.has(file)) continue;
			if (update) await rm(join(folders.folder, file));
			else failures.push(`${file}: baseline of a scene that is gone`);
		}
	}
	console.log(`${scenes.length} scenes, ${failures.length} failures`);
} finally {
	await browser.close();
	server.close();
}
for (const failure of failures) console.error(failure);
process.exitCode = failures.length > 0 ? 1 : 0;

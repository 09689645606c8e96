// Every page in every state in Chromium: pictures, WCAG, overflow, catalogue, CSP. Once each, no retries.
//   npm run test:visual                     compare with tests/visual/baseline
//   npm run test:visual -- --update         replace what differs
//   npm run test:visual -- --only pair/     only scenes whose name contains this
import { readdir, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launch } from './browser.mjs';
import { blindChecks } from './canary.mjs';
import { Onlooker } from './onlooker.mjs';
import { serve } from './server.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const update = process.argv.includes('--update');
const only = process.argv.includes('--only')
	? (process.argv[process.argv.indexOf('--only') + 1] ?? '')
	: '';
const folders = { folder: join(here, 'baseline'), actual: join(here, 'actual'), update };
await rm(folders.actual, { recursive: true, force: true });

const server = await serve(join(here, '../../dist-gallery'));
const browser = await launch();
/** @type {string[]} */
const failures = [];

try {
	const first = await Onlooker.at(browser, server.origin, folders);
	await first.visit('?page=pair&state=first&locale=en-XA');
	failures.push(...(await blindChecks(first.page, first.faults)));

	await first.visit('');
	const all = await first.page.$$eval('[data-page]', (rows) =>
		rows.map((row) => ({
			page: row.getAttribute('data-page') ?? '',
			state: row.getAttribute('data-state') ?? ''
		}))
	);
	const scenes = all.filter((scene) => `${scene.page}/${scene.state}`.includes(only));
	const left = scenes.values();
	// One page per core; each takes the next scene when it is done with its own.
	const others = Array.from({ length: availableParallelism() - 1 }, () =>
		Onlooker.at(browser, server.origin, folders)
	);
	const looking = [first, ...(await Promise.all(others))].map(async (onlooker) => {
		for (const scene of left) {
			const found = onlooker.look(scene);
			failures.push(...(await found.catch((error) => [`${scene.page}-${scene.state}: ${error}`])));
		}
	});
	await Promise.all(looking);

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
for (const failure of failures.sort()) console.error(failure);
process.exitCode = failures.length > 0 ? 1 : 0;

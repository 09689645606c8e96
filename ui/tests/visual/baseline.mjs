import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pixelmatch from 'pixelmatch';
import { PNG } from 'pngjs';
import { indexedPng } from './indexedPng.mjs';

/** A pixel may differ this much (antialiasing), and this many may differ more. */
const THRESHOLD = 0.15;
const TOLERATED_PIXELS = 60;

/**
 * Compares a picture with the committed one, or replaces that one when `update` is set.
 * @param {{ folder: string, actual: string, update: boolean }} where
 * @param {string} name
 * @param {Buffer} picture
 * @returns {Promise<string[]>}
 */
export async function compare({ folder, actual, update }, name, picture) {
	const file = join(folder, `${name}.png`);
	const keep = async (/** @type {string} */ suffix, /** @type {Buffer} */ bytes) => {
		await mkdir(actual, { recursive: true });
		await writeFile(join(actual, `${name}${suffix}.png`), bytes);
	};
	const seen = PNG.sync.read(picture);
	if (existsSync(file)) {
		const wanted = PNG.sync.read(await readFile(file));
		if (wanted.width === seen.width && wanted.height === seen.height) {
			const difference = new PNG({ width: seen.width, height: seen.height });
			const pixels = pixelmatch(wanted.data, seen.data, difference.data, seen.width, seen.height, {
				threshold: THRESHOLD
			});
			if (pixels <= TOLERATED_PIXELS) return [];
			if (!update) {
				await keep('', picture);
				await keep('.difference', PNG.sync.write(difference));
				return [`${pixels} pixels differ from the baseline`];
			}
		} else if (!update) {
			await keep('', picture);
			return [`is ${seen.width}×${seen.height}, the baseline ${wanted.width}×${wanted.height}`];
		}
	} else if (!update) {
		await keep('', picture);
		return ['has no baseline; look at it, then run with --update'];
	}
	await mkdir(folder, { recursive: true });
	await writeFile(file, indexedPng(seen));
	return [];
}

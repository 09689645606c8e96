import axe from 'axe-core';

/** @typedef {import('playwright-core').Page} Page */

const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/**
 * What WCAG 2.2 AA objects to.
 * @param {Page} page
 * @returns {Promise<string[]>}
 */
export async function accessibility(page) {
	await page.evaluate(axe.source);
	const violations = await page.evaluate(async (tags) => {
		const checker = /** @type {typeof import('axe-core')} */ (Reflect.get(window, 'axe'));
		const result = await checker.run(document, { runOnly: { type: 'tag', values: tags } });
		return result.violations.map(({ id, nodes }) => {
			const where = nodes.map(({ target, any }) => `${target} ${any[0]?.message ?? ''}`);
			return `${id}: ${where.slice(0, 3).join(' | ')}`;
		});
	}, WCAG);
	return violations.map((violation) => `axe ${violation}`);
}

/**
 * What sticks out to the side or is cut off.
 * @param {Page} page
 * @param {number} width
 * @returns {Promise<string[]>}
 */
export async function overflow(page, width) {
	await page.setViewportSize({ width, height: 720 });
	const found = await page.evaluate(async () => {
		// Lists that float are placed anew some frames after the window has its new size; one that stays outside is a fault.
		const isPlaced = () =>
			[...document.querySelectorAll('.combobox-list')].every(
				(list) => list.getBoundingClientRect().right <= innerWidth + 1
			);
		for (let frame = 0; frame < 3 || (frame < 120 && !isPlaced()); frame += 1)
			await new Promise(requestAnimationFrame);
		/** @type {string[]} */
		const faults = [];
		const name = (/** @type {Element} */ element) =>
			`<${element.localName} class="${element.getAttribute('class') ?? ''}"> ${element.textContent?.trim().slice(0, 40)}`;
		for (const element of document.querySelectorAll('body, body *')) {
			if (element.closest('.visually-hidden, .skip, svg') || element.closest('input')) continue;
			const box = element.getBoundingClientRect();
			if (box.width === 0 || box.height === 0) continue;
			if (box.right > innerWidth + 1 || box.left < -1) faults.push(`outside: ${name(element)}`);
			const cut = getComputedStyle(element).overflowX !== 'visible';
			if (cut && element.scrollWidth > element.clientWidth + 1)
				faults.push(`cut off: ${name(element)}`);
		}
		return faults.slice(0, 5);
	});
	return found.map((fault) => `at ${width} px ${fault}`);
}

/**
 * Words that did not come from the catalogue. Only makes sense in the pseudo-locale.
 * @param {Page} page
 * @returns {Promise<string[]>}
 */
export async function leaks(page) {
	return page.evaluate(() => {
		const English = /[A-Za-z]{2,}/;
		const outside = (/** @type {string} */ text) => {
			let rest = text;
			for (let before = ''; before !== rest;) {
				before = rest;
				rest = rest.replace(/⟦[^⟦⟧]*⟧/g, '');
			}
			return rest;
		};
		/** @type {string[]} */
		const found = [];
		const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
		for (let node = walker.nextNode(); node; node = walker.nextNode()) {
			const parent = node.parentElement;
			if (!parent || parent.closest('[translate="no"], time, script, style')) continue;
			if (English.test(outside(node.textContent ?? ''))) found.push(`text “${node.textContent}”`);
		}
		for (const element of document.querySelectorAll('body *')) {
			for (const attribute of ['aria-label', 'placeholder', 'title', 'alt', 'aria-description']) {
				const value = element.getAttribute(attribute);
				if (value && English.test(outside(value))) found.push(`${attribute} “${value}”`);
			}
		}
		return found.map((leak) => `not from the catalogue: ${leak}`);
	});
}

/**
 * The live QR must be dark on white whatever the theme; a dead one must not be there at all.
 * @param {Page} page
 * @param {(clip: { x: number, y: number, width: number, height: number }) => Promise<{ width: number, data: Uint8Array }>} capture
 * @returns {Promise<string[]>}
 */
export async function qr(page, capture) {
	const panel = page.getByTestId(/^(pair|setup)-status$/);
	if ((await panel.count()) === 0) return [];
	const svg = page.getByTestId(/^(pair|setup)-qr$/);
	if ((await panel.getAttribute('data-status')) !== 'open')
		return (await svg.count()) > 0 ? ['a dead code still shows its QR'] : [];
	const box = await svg.boundingBox();
	if (!box) return ['the QR is not visible'];
	if (box.width < 280) return [`the QR is only ${box.width} px wide`];
	if (await page.locator('.enlarged, .scrim').count()) return [];
	const { data } = await capture(box);
	let light = 0;
	let dark = 0;
	for (let i = 0; i < data.length; i += 4) {
		const brightness = (data[i] ?? 0) + (data[i + 1] ?? 0) + (data[i + 2] ?? 0);
		if (brightness > 750) light += 1;
		if (brightness < 90) dark += 1;
	}
	const pixels = data.length / 4;
	if (light < pixels * 0.5) return ['the ground of the QR is not white'];
	return dark < pixels * 0.2 ? ['the modules of the QR are not dark'] : [];
}

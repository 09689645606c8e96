import { accessibility, leaks, overflow } from './checks.mjs';

/**
 * Breaks a page on purpose in every way the checks look for: a check that stays silent is worthless.
 * @param {import('playwright-core').Page} page
 * @param {string[]} faults
 * @returns {Promise<string[]>}
 */
export async function blindChecks(page, faults) {
	await page.evaluate(() => {
		const bad = document.createElement('div');
		bad.innerHTML =
			'<p style="color: red">inline style</p><p class="faint">English words</p><p class="wide">x</p>';
		document.body.append(bad);
		for (const element of bad.querySelectorAll('p')) {
			if (element.className === 'faint') element.style.cssText = 'color:#ccc;background:#fff';
			if (element.className === 'wide') element.style.width = '3000px';
		}
	});
	const blind = [];
	if (!(await leaks(page)).some((leak) => leak.includes('English words'))) blind.push('leaks');
	if ((await overflow(page, 1080)).length === 0) blind.push('overflow');
	if (!(await accessibility(page)).some((fault) => fault.includes('color-contrast')))
		blind.push('axe');
	if (!faults.some((fault) => /Content Security Policy/i.test(fault))) blind.push('CSP');
	return blind.map((check) => `the ${check} check does not see a planted fault`);
}

// The pseudo-locale: accented letters, a third longer, in ⟦brackets⟧. Text on a page that is not in
// brackets did not come from the catalogue; text that is cut off would be cut off in German too.
const accented = new Map(
	[...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'].map((letter, index) => [
		letter,
		[...'áƀçđéƒĝĥíĵķĺɱñóþǫŕšŧúṽŵẋýžÁƁÇĐÉƑĜĤÍĴĶĹṀÑÓÞǪŔŠŦÚṼŴẊÝŽ'][index]
	])
);
const filler = ['ļöŕém', 'îþšûɱ', 'ðöĺöŕ', 'šíť', 'ámét'];

/** @param {string} text */
export function pseudo(text) {
	const letters = text
		.split(/(\{[^}]*\})/)
		.map((part) =>
			part.startsWith('{') ? part : [...part].map((c) => accented.get(c) ?? c).join('')
		)
		.join('');
	const wanted = Math.ceil(text.replace(/\{[^}]*\}/g, '').length * 0.35);
	let padding = '';
	for (let i = 0; padding.length < wanted; i += 1) {
		padding += wanted < 6 ? 'ö' : ` ${filler[i % filler.length]}`;
	}
	return `⟦${letters}${padding.slice(0, Math.max(wanted, 1)).trimEnd()}⟧`;
}

/** @param {unknown} value */
function pseudoValue(value) {
	if (typeof value === 'string') return pseudo(value);
	if (Array.isArray(value)) {
		return value.map((variant) => ({
			...variant,
			match: Object.fromEntries(
				Object.entries(variant.match).map(([when, text]) => [when, pseudo(text)])
			)
		}));
	}
	throw new Error(`not a message: ${JSON.stringify(value)}`);
}

/** @param {Record<string, unknown>} catalogue */
export function pseudoCatalogue(catalogue) {
	return Object.fromEntries(
		Object.entries(catalogue).map(([key, value]) => [
			key,
			key === '$schema' ? value : pseudoValue(value)
		])
	);
}

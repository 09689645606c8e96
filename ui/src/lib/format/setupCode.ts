/** What some programs write before a setup code. */
const LINK = /^oc-pair:\/\//;

/** A setup code is JSON in base64url. */
export const isSetupCode = (text: string): boolean => /^(oc-pair:\/\/|eyJ)/.test(text.trim());

/** The addresses that a setup code carries; none where it cannot be read, which the program tells better. */
export function addressesIn(code: string): string[] {
	const base64 = code.trim().replace(LINK, '').replaceAll('-', '+').replaceAll('_', '/');
	try {
		const { url, urls } = JSON.parse(atob(base64)) as { url?: unknown; urls?: unknown };
		return [url, urls].flat().filter((address) => typeof address === 'string');
	} catch {
		return [];
	}
}

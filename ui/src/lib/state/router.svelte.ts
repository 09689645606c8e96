export const pages = [
	'pair',
	'requests',
	'devices',
	'review',
	'outbox',
	'alerts',
	'activity',
	'journal',
	'keys',
	'platforms',
	'settings'
] as const;
export type Page = (typeof pages)[number];

/** The address of a page, or of a part of it. */
export const hrefOf = (page: Page, part = ''): string => `#/${page}${part && `/${part}`}`;

function placeOf(hash: string): { page: Page; part: string } {
	const [, name = '', part = ''] = hash.split('/');
	const page = pages.find((known) => known === name);
	return page ? { page, part } : { page: 'pair', part: '' };
}

/** Which page the address names, and which part of it. `onLeave` hears of each page left, `onPart` of each other part. */
export class Router {
	page = $state<Page>('pair');
	part = $state('');
	onLeave: (left: Page) => void = () => undefined;
	onPart: () => void = () => undefined;

	constructor(hash = '') {
		Object.assign(this, placeOf(hash));
	}

	start(target: Window): () => void {
		const follow = () => {
			const { page, part } = placeOf(target.location.hash);
			this.open(page, part);
		};
		target.addEventListener('hashchange', follow);
		return () => target.removeEventListener('hashchange', follow);
	}

	open(page: Page, part = ''): void {
		const [left, before] = [this.page, this.part];
		this.page = page;
		this.part = part;
		if (page !== left) this.onLeave(left);
		else if (part !== before) this.onPart();
	}
}

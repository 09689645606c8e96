export const pages = [
	'pair',
	'requests',
	'devices',
	'alerts',
	'activity',
	'journal',
	'keys',
	'platforms',
	'settings'
] as const;
export type Page = (typeof pages)[number];

export const hrefOf = (page: Page): string => `#/${page}`;

function pageOf(hash: string): Page {
	return pages.find((page) => hrefOf(page) === hash) ?? 'pair';
}

/** Which page the address names. `onLeave` hears of each page left. */
export class Router {
	page = $state<Page>('pair');
	onLeave: (left: Page) => void = () => undefined;

	constructor(hash = '') {
		this.page = pageOf(hash);
	}

	start(target: Window): () => void {
		const follow = () => this.open(pageOf(target.location.hash));
		target.addEventListener('hashchange', follow);
		return () => target.removeEventListener('hashchange', follow);
	}

	open(page: Page): void {
		if (page === this.page) return;
		const left = this.page;
		this.page = page;
		this.onLeave(left);
	}
}

import type { Theme } from '$lib/bindings/Theme';

/** Light or dark, as chosen or as the system has it. */
export class ThemeChoice {
	#systemDark = $state(false);
	readonly #query: MediaQueryList | null;

	constructor(query: MediaQueryList | null) {
		this.#query = query;
		this.#systemDark = query?.matches ?? false;
	}

	start(): () => void {
		const follow = (event: MediaQueryListEvent) => (this.#systemDark = event.matches);
		this.#query?.addEventListener('change', follow);
		return () => this.#query?.removeEventListener('change', follow);
	}

	resolve(theme: Theme): 'light' | 'dark' {
		if (theme !== 'system') return theme;
		return this.#systemDark ? 'dark' : 'light';
	}
}

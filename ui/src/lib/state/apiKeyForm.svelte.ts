import { SvelteSet } from 'svelte/reactivity';
import type { CreateApiKey } from '$lib/bindings/CreateApiKey';
import type { RoleChoice } from '$lib/bindings/RoleChoice';

export const API_KEY_NAME_LIMIT = 64;
/** Days until a key ends, as choices; `null` is never. */
export const KEY_LIVES: (number | null)[] = [30, 90, 365, null];

export type KeyFault = 'name' | 'scopes';

/** What a new key is called, what it may do, and until when. */
export class ApiKeyForm {
	name = $state('');
	/** A key that makes codes and looks is what most scripts need. */
	role = $state('developer');
	days = $state<number | null>(90);
	/** Faults are shown only after the person has tried to go on. */
	checked = $state(false);
	readonly #withheld = new SvelteSet<string>();

	/** The scopes of the role. */
	offered(roles: RoleChoice[]): string[] {
		return roles.find(({ role }) => role === this.role)?.scopes ?? [];
	}

	/** Those of them that the key would get. */
	granted(roles: RoleChoice[]): string[] {
		return this.offered(roles).filter((scope) => !this.#withheld.has(scope));
	}

	toggle(scope: string): void {
		if (!this.#withheld.delete(scope)) this.#withheld.add(scope);
	}

	faults(roles: RoleChoice[]): KeyFault[] {
		const found: KeyFault[] = [];
		if (this.name.trim() === '') found.push('name');
		if (this.granted(roles).length === 0) found.push('scopes');
		return found;
	}

	/** The request, or `null` when something is missing; from then on faults are shown. */
	request(roles: RoleChoice[]): CreateApiKey | null {
		this.checked = true;
		if (this.faults(roles).length > 0) return null;
		const granted = this.granted(roles);
		return {
			name: this.name.trim(),
			role: this.role,
			scopes: granted.length < this.offered(roles).length ? granted : null,
			expires_in_days: this.days
		};
	}
}

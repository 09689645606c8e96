import { permissionFault, type PermissionFault } from '$lib/format/permission';

export const PERMISSIONS_LIMIT = 32;

export type DraftFault = PermissionFault | 'twice' | 'too_many';
export type PresetChoice = { id: string; permissions: string[] };

const same = (a: readonly string[], b: readonly string[]) =>
	a.length === b.length && a.every((entry) => b.includes(entry));

/** A set of permissions that is being put together: by presets, one by one, or typed. */
export class PermissionChoice {
	permissions = $state<string[]>([]);
	draft = $state('');
	draftFault = $state<DraftFault | null>(null);
	/** The own permissions that a preset has taken the place of. */
	replaced = $state.raw<string[] | null>(null);

	constructor(permissions: string[] = []) {
		this.permissions = [...permissions];
	}

	presetOf(presets: PresetChoice[]): string {
		return presets.find(({ permissions }) => same(permissions, this.permissions))?.id ?? '';
	}

	/** What was put together by hand, and is no preset itself, can be had back. */
	usePreset(permissions: string[], presets: PresetChoice[]): void {
		if (this.presetOf(presets) === '' && this.permissions.length > 0)
			this.replaced = this.permissions;
		this.permissions = [...permissions];
	}

	undoPreset(): void {
		if (this.replaced) this.permissions = this.replaced;
		this.replaced = null;
	}

	addDraft(): boolean {
		const wanted = this.draft.trim();
		this.draftFault = this.#faultOf(wanted);
		if (this.draftFault) return false;
		this.permissions = [...this.permissions, wanted];
		this.replaced = null;
		this.draft = '';
		return true;
	}

	editDraft(text: string): void {
		this.draft = text;
		this.draftFault = null;
	}

	grant(permission: string): void {
		if (!this.permissions.includes(permission) && this.permissions.length < PERMISSIONS_LIMIT)
			this.permissions = [...this.permissions, permission];
		this.replaced = null;
	}

	withdraw(permission: string): void {
		this.permissions = this.permissions.filter((granted) => granted !== permission);
		this.replaced = null;
	}

	#faultOf(permission: string): DraftFault | null {
		if (this.permissions.includes(permission)) return 'twice';
		if (this.permissions.length >= PERMISSIONS_LIMIT) return 'too_many';
		return permissionFault(permission);
	}
}

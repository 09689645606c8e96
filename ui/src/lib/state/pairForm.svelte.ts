import type { AddressChoice } from '$lib/bindings/AddressChoice';
import type { CreatePairingCode } from '$lib/bindings/CreatePairingCode';
import { permissionFault, type PermissionFault } from '$lib/format/permission';

export const NAME_LIMIT = 64;
export const TYPE_LIMIT = 64;
export const PERMISSIONS_LIMIT = 32;
/** A pairing link has room for this many addresses. */
export const ADDRESSES_LIMIT = 4;

export type FormFault = 'name' | 'type' | 'permissions' | 'draft' | 'addresses' | 'addresses_many';
export type DraftFault = PermissionFault | 'twice' | 'too_many';

/** Narrow on purpose: what a new device gets when no one chooses. */
const NARROW = ['sensor:read'];

const same = (a: readonly string[], b: readonly string[]) =>
	a.length === b.length && a.every((entry) => b.includes(entry));

/** The addresses a link carries when no one chooses: the local network's, those that answer first. */
export function defaultAddresses(choices: AddressChoice[], nearby: boolean | null): string[] {
	const pick = (wanted: (choice: AddressChoice) => boolean) =>
		choices
			.filter(wanted)
			.map(({ address }) => address)
			.slice(0, ADDRESSES_LIMIT);
	if (nearby === false) return pick(({ kind }) => kind === 'loopback');
	const answering = pick(({ kind, answers }) => kind === 'lan' && answers);
	return answering.length > 0 ? answering : pick(({ kind }) => kind === 'lan');
}

/** What the person has filled in. It survives every error and every finished code but the name. */
export class PairForm {
	name = $state('');
	deviceType = $state('');
	permissions = $state<string[]>([...NARROW]);
	expiresInMinutes = $state(10);
	draft = $state('');
	draftFault = $state<DraftFault | null>(null);
	/** Faults are shown only after the person has tried to go on. */
	checked = $state(false);
	#askFirst = $state<boolean | null>(null);
	/** The own permissions that a preset has taken the place of. */
	replaced = $state.raw<string[] | null>(null);
	#chosenAddresses = $state<string[] | null>(null);

	faults = $derived.by<FormFault[]>(() => {
		const found: FormFault[] = [];
		if (this.name.trim() === '') found.push('name');
		if (this.deviceType.trim() === '') found.push('type');
		if (this.draftFault) found.push('draft');
		if (this.permissions.length === 0) found.push('permissions');
		const addresses = this.#chosenAddresses?.length ?? 1;
		if (addresses === 0) found.push('addresses');
		if (addresses > ADDRESSES_LIMIT) found.push('addresses_many');
		return found;
	});

	shows(fault: FormFault): boolean {
		return this.checked && this.faults.includes(fault);
	}

	/** Adds what is still being typed, then says whether the form can be sent. */
	check(): boolean {
		if (this.draft.trim() !== '') this.addDraft();
		this.checked = true;
		return this.faults.length === 0;
	}

	presetOf(presets: { id: string; permissions: string[] }[]): string {
		return presets.find(({ permissions }) => same(permissions, this.permissions))?.id ?? '';
	}

	/** What was put together by hand, and is no preset itself, can be had back. */
	usePreset(permissions: string[], presets: { id: string; permissions: string[] }[]): void {
		if (this.presetOf(presets) === '' && this.permissions.length > 0)
			this.replaced = this.permissions;
		this.permissions = [...permissions];
	}

	undoPreset(): void {
		if (this.replaced) this.permissions = this.replaced;
		this.replaced = null;
	}

	/** Permissions that do more than look or report. */
	sensitive(harmlessActions: string[]): string[] {
		return this.permissions.filter(
			(permission) => !harmlessActions.includes(permission.split(':')[1] ?? '')
		);
	}

	/** Whether a person decides before the device joins: as chosen, or where something sensitive is granted. */
	asksFirst(harmlessActions: string[]): boolean {
		return this.#askFirst ?? this.sensitive(harmlessActions).length > 0;
	}

	askFirst(on: boolean): void {
		this.#askFirst = on;
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

	addressesFrom(choices: AddressChoice[], nearby: boolean | null): string[] {
		const chosen = this.#chosenAddresses;
		if (nearby === false || !chosen) return defaultAddresses(choices, nearby);
		return choices.map(({ address }) => address).filter((address) => chosen.includes(address));
	}

	toggleAddress(address: string, choices: AddressChoice[], nearby: boolean | null): void {
		const now = this.addressesFrom(choices, nearby);
		this.#chosenAddresses = now.includes(address)
			? now.filter((chosen) => chosen !== address)
			: [...now, address];
	}

	request(choices: AddressChoice[], nearby: boolean | null): CreatePairingCode {
		const addresses = this.addressesFrom(choices, nearby);
		return {
			name: this.name.trim(),
			device_type: this.deviceType.trim(),
			permissions: [...this.permissions],
			expires_in_minutes: this.expiresInMinutes,
			addresses: addresses.length > 0 ? addresses : null,
			ask_first: this.#askFirst
		};
	}

	/** Ready for the next device of the same sort: only the name was about the last one. */
	next(): void {
		this.name = '';
		this.checked = false;
		this.replaced = null;
	}

	#faultOf(permission: string): DraftFault | null {
		if (this.permissions.includes(permission)) return 'twice';
		if (this.permissions.length >= PERMISSIONS_LIMIT) return 'too_many';
		return permissionFault(permission);
	}
}

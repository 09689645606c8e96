import type { AddressChoice } from '$lib/bindings/AddressChoice';
import type { CreatePairingCode } from '$lib/bindings/CreatePairingCode';
import { PermissionChoice } from './permissionChoice.svelte';

export const NAME_LIMIT = 64;
export const TYPE_LIMIT = 64;
/** A pairing link has room for this many addresses. */
export const ADDRESSES_LIMIT = 4;

export type FormFault = 'name' | 'type' | 'permissions' | 'draft' | 'addresses' | 'addresses_many';

/** Narrow on purpose: what a new device gets when no one chooses. */
const NARROW = ['sensor:read'];

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
export class PairForm extends PermissionChoice {
	name = $state('');
	deviceType = $state('');
	expiresInMinutes = $state(10);
	/** Faults are shown only after the person has tried to go on. */
	checked = $state(false);
	#askFirst = $state<boolean | null>(null);
	/** Whether the code may be typed where only an address is known. */
	typed = $state(true);
	#chosenAddresses = $state<string[] | null>(null);

	constructor() {
		super(NARROW);
	}

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
			ask_first: this.#askFirst,
			// Left to the platform it may be typed as long as the guess budget allows.
			...(this.typed ? {} : { typed: false })
		};
	}

	/** Ready for the next device of the same sort: only the name was about the last one. */
	next(): void {
		this.name = '';
		this.checked = false;
		this.replaced = null;
	}
}

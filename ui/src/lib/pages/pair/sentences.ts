import type { AddressKind } from '$lib/bindings/AddressKind';
import { m } from '$lib/paraglide/messages';
import type { DraftFault } from '$lib/state/pairForm.svelte';

const draftFaults: Record<DraftFault, () => string> = {
	empty: m.permission_fault_empty,
	too_long: m.permission_fault_too_long,
	capital: m.permission_fault_capital,
	wildcard: m.permission_fault_wildcard,
	character: m.permission_fault_character,
	shape: m.permission_fault_shape,
	twice: m.permission_fault_twice,
	too_many: m.permission_fault_too_many
};

export const draftFaultSentence = (fault: DraftFault): string => draftFaults[fault]();

const kinds: Record<AddressKind, { name: () => string; about: (() => string) | null }> = {
	lan: { name: m.address_lan, about: null },
	vpn: { name: m.address_vpn, about: m.address_vpn_about },
	container: { name: m.address_container, about: m.address_container_about },
	loopback: { name: m.address_loopback, about: m.address_loopback_about }
};

export function addressKind(kind: AddressKind): { name: string; about: string | null } {
	return { name: kinds[kind].name(), about: kinds[kind].about?.() ?? null };
}

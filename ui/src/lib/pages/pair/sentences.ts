import type { AddressKind } from '$lib/bindings/AddressKind';
import { m } from '$lib/paraglide/messages';

const kinds: Record<AddressKind, { name: () => string; about: (() => string) | null }> = {
	lan: { name: m.address_lan, about: null },
	vpn: { name: m.address_vpn, about: m.address_vpn_about },
	container: { name: m.address_container, about: m.address_container_about },
	loopback: { name: m.address_loopback, about: m.address_loopback_about }
};

export function addressKind(kind: AddressKind): { name: string; about: string | null } {
	return { name: kinds[kind].name(), about: kinds[kind].about?.() ?? null };
}

import type { AddressChoice } from '$lib/bindings/AddressChoice';
import { unique } from './unique';

const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|::ffff:127(\.\d{1,3}){3}|(.+\.)?localhost)$/;

/** The host that a WebSocket address names; empty while there is none. */
function hostOf(address: string): string {
	const [, rest = ''] = /^wss?:\/\/([^/]*)/i.exec(address.trim()) ?? [];
	const [, bracketed] = /^\[([^\]]*)\]/.exec(rest) ?? [];
	const bare = rest.split(':').length > 2 ? rest : rest.split(':', 1)[0];
	return (bracketed ?? bare ?? '').toLowerCase();
}

/** Whether an address means the computer that it is read on. */
export const isLoopback = (address: string): boolean => LOOPBACK.test(hostOf(address));

/** Whether others can read what is sent to a gateway there: it leaves this computer, and is not encrypted. */
export const isInClear = (address: string): boolean =>
	/^ws:/i.test(address.trim()) && hostOf(address) !== '' && !isLoopback(address);

/**
 * Addresses to offer for a gateway's setup codes: the one under which it is reached from here and, where it runs on this
 * computer, those of this computer. Loopback leads no phone anywhere.
 */
export function setupAddresses(gateway: string, here: AddressChoice[]): string[] {
	const own = isLoopback(gateway) ? [] : [gateway];
	const [, scheme = 'ws', port = ''] = /^(wss?):.*:(\d+)$/i.exec(gateway) ?? [];
	const others = here.filter(({ kind }) => kind === 'lan' || kind === 'vpn');
	const hosts = others.map(({ address }) => address.replace(/:\d+$/, ''));
	const isHere = own.length === 0 || hosts.includes(hostOf(gateway));
	return unique([...own, ...(isHere ? hosts.map((host) => `${scheme}://${host}:${port}`) : [])]);
}

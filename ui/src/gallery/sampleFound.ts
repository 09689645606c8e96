import type { FoundGateway } from '$lib/bindings/FoundGateway';
import type { LocalGateway } from '$lib/bindings/LocalGateway';
import type { Refusal } from '$lib/bindings/Refusal';
import { gatewayView } from './samplePlatforms';

export const sampleLocal: LocalGateway = {
	path: '/home/you/.openclaw/openclaw.json',
	address: 'ws://127.0.0.1:18789',
	pin: null,
	has_token: true,
	known_as: null
};

export const sampleFound: FoundGateway[] = [
	{
		id: 'found-1',
		name: 'Attic gateway',
		address: 'wss://192.168.1.33:18789',
		other_addresses: ['wss://172.17.0.1:18789'],
		claims: gatewayView().pin,
		known_as: null,
		contradicts: false
	},
	{
		id: 'found-2',
		name: 'Home gateway',
		address: 'wss://192.168.1.10:18789',
		other_addresses: [],
		claims: gatewayView().pin,
		known_as: null,
		contradicts: true
	},
	{
		id: 'found-3',
		name: 'Shed gateway',
		address: 'ws://192.168.1.47:18789',
		other_addresses: [],
		claims: null,
		known_as: null,
		contradicts: false
	}
];

export const TOKEN_ENDED: Refusal = {
	code: 'gateway_own_token_ended',
	message: 'The gateway no longer takes this app’s token: it was rotated or revoked there.',
	hint: 'Sign in again with the gateway’s shared token or a setup code.'
};

export const otherCertificate = (accepted: boolean): Refusal => ({
	code: accepted ? 'gateway_other_certificate' : 'gateway_not_pinned',
	message: accepted
		? 'The gateway shows another certificate than the one that was accepted.'
		: 'Nobody has compared the gateway’s certificate yet.',
	hint: 'Compare the certificate with the one on the gateway’s computer, and accept it if it is the same.'
});

import type { Device } from '$lib/bindings/Device';
import type { PlatformView } from '$lib/bindings/PlatformView';

/** Whether what is known of who is connected is so now: nobody knows it of a platform that is away. */
export const isKnownNow = (platform: PlatformView | undefined): boolean =>
	platform?.state.kind === 'connected';

/** When a device was last there, as far as is known. One that was connected when its platform was last heard was there then. */
export function lastSeen(
	{ connected, last_seen_at: seen }: Pick<Device, 'connected' | 'last_seen_at'>,
	platform: PlatformView | undefined
): string | null {
	const heard = connected && !isKnownNow(platform) ? platform?.as_of : null;
	if (!heard) return seen;
	return seen === null || Date.parse(seen) < Date.parse(heard) ? heard : seen;
}

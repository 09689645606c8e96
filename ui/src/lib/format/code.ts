/** A pairing code in the groups people read aloud: `OCL-`, `J4K2`, `T8P7`, `N1R3`. */
export function codeGroups(code: string): string[] {
	const dash = code.indexOf('-') + 1;
	return [code.slice(0, dash), ...(code.slice(dash).match(/.{1,4}/g) ?? [])].filter(Boolean);
}

/** Seconds as `mm:ss`, or `h:mm:ss` from an hour on. */
export function countdown(seconds: number): string {
	const left = Math.max(0, Math.floor(seconds));
	const two = (n: number) => String(n).padStart(2, '0');
	const [hours, minutes] = [Math.floor(left / 3600), Math.floor(left / 60) % 60];
	return hours > 0
		? `${hours}:${two(minutes)}:${two(left % 60)}`
		: `${two(minutes)}:${two(left % 60)}`;
}

/** The line a person types at a device that has no camera. */
export function typedEntryCommand(code: string, address: string, pin: string): string {
	return `clawpair-device pair ${code} --server ${address} --pin ${pin}`;
}

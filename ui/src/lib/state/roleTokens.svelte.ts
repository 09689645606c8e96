import type { PlatformDevice } from '$lib/bindings/PlatformDevice';
import type { PlatformHost } from '$lib/host';
import { Question } from './question.svelte';

/** The token of one of a device's roles at a gateway. */
export type TokenOf = { device: PlatformDevice; role: string };

type Keeper = { answered(device: PlatformDevice): void };

/** What can be done to the tokens that a gateway's devices have, one per role. A replacement waits for a gateway that is away. */
export class RoleTokens {
	readonly #host: PlatformHost;
	readonly #keeper: Keeper;
	readonly rotation = new Question(async ({ device, role }: TokenOf) =>
		this.#keeper.answered(await this.#host.rotateRoleToken(device.id, role))
	);
	readonly revocation = new Question(async ({ device, role }: TokenOf) =>
		this.#keeper.answered(await this.#host.revokeRoleToken(device.id, role))
	);

	constructor(host: PlatformHost, keeper: Keeper) {
		this.#host = host;
		this.#keeper = keeper;
	}
}

import type { AddPlatform } from '$lib/bindings/AddPlatform';
import type { FoundGateway } from '$lib/bindings/FoundGateway';
import type { LocalGateway } from '$lib/bindings/LocalGateway';
import type { PlatformView } from '$lib/bindings/PlatformView';
import { isInClear } from '$lib/format/address';
import { addressesIn, isSetupCode } from '$lib/format/setupCode';
import type { Host } from '$lib/host';
import { HostError } from '$lib/hostError';

export type AddingKind = 'gateway' | 'server';
export type AddingFault = 'address' | 'scheme' | 'credential';

const SCHEMES: Record<AddingKind, RegExp> = { gateway: /^wss?:\/\/./i, server: /^https?:\/\/./i };

/** A platform that is being added: found on this computer, found on the network, or named by hand. */
export class PlatformAdding {
	readonly #host: Host;
	open = $state(false);
	/** The gateway on this computer, if there is one. */
	local = $state.raw<LocalGateway | null>(null);
	found = $state.raw<FoundGateway[]>([]);
	kind = $state<AddingKind>('gateway');
	#typed = $state('');
	#proposed = $state('');
	address = $state('');
	credential = $state('');
	/** Faults are shown only after the person has tried to go on. */
	checked = $state(false);
	busy = $state<'local' | 'form' | null>(null);
	error = $state.raw<HostError | null>(null);
	/** Why nothing can be found, which keeps nobody from typing. */
	searchError = $state.raw<HostError | null>(null);
	onAdded: (view: PlatformView) => Promise<void> = () => Promise.resolve();

	constructor(host: Host) {
		this.#host = host;
	}

	/** What somebody has typed, or else what the gateway that was chosen calls itself. */
	get name(): string {
		return this.#typed || this.#proposed;
	}

	set name(name: string) {
		this.#typed = name;
		this.#proposed = '';
	}

	faults = $derived.by<AddingFault[]>(() => {
		const found: AddingFault[] = [];
		const address = this.address.trim();
		const carried = this.kind === 'gateway' && isSetupCode(this.credential);
		if (address === '' && !carried) found.push('address');
		if (address !== '' && !SCHEMES[this.kind].test(address)) found.push('scheme');
		if (this.credential.trim() === '') found.push('credential');
		return found;
	});

	/** Whether others could read what is pasted here on its way to the gateway. */
	inClear = $derived.by(() => {
		if (this.kind !== 'gateway') return false;
		const address = this.address.trim();
		return (address === '' ? addressesIn(this.credential) : [address]).some(isInClear);
	});

	shows(fault: AddingFault): boolean {
		return this.checked && this.faults.includes(fault);
	}

	/** The page asks what there is to add, and looks around as long as it is open. */
	async begin(): Promise<void> {
		if (this.open) return;
		this.open = true;
		this.error = null;
		this.checked = false;
		this.searchError = null;
		await Promise.all([
			this.#search(async () => {
				this.local = await this.#host.localGateway();
			}),
			this.#search(() => this.#host.lookForGateways(true))
		]);
	}

	/** Nothing that was typed stays behind. */
	end(): void {
		if (!this.open) return;
		this.open = false;
		this.found = [];
		this.#clear();
		void this.#search(() => this.#host.lookForGateways(false));
	}

	take(gateway: FoundGateway): void {
		this.kind = 'gateway';
		this.address = gateway.address;
		this.#proposed = gateway.name ?? '';
	}

	addLocal(): Promise<void> {
		return this.#add('local', { kind: 'local_gateway', name: this.#typed.trim() });
	}

	async submit(): Promise<void> {
		this.checked = true;
		if (this.faults.length > 0) return;
		const name = this.name.trim();
		const address = this.address.trim();
		const secret = this.credential.trim();
		await this.#add(
			'form',
			this.kind === 'gateway'
				? { kind: 'gateway', name, address, credential: secret }
				: { kind: 'server', name, address, api_key: secret }
		);
	}

	/** What cannot be searched keeps nothing else from being found. */
	async #search(work: () => Promise<void>): Promise<void> {
		try {
			await work();
		} catch (refusal) {
			this.searchError = HostError.from(refusal);
		}
	}

	async #add(what: 'local' | 'form', form: AddPlatform): Promise<void> {
		if (this.busy) return;
		this.busy = what;
		this.error = null;
		try {
			const view = await this.#host.addPlatform(form);
			this.end();
			await this.onAdded(view);
		} catch (refusal) {
			this.error = HostError.from(refusal);
		} finally {
			this.busy = null;
		}
	}

	#clear(): void {
		this.name = '';
		this.address = '';
		this.credential = '';
		this.checked = false;
	}
}

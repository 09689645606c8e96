import type { Pairing as PairingData } from '$lib/bindings/Pairing';
import type { PairingStatus } from '$lib/bindings/PairingStatus';
import type { ShownPairing } from '$lib/bindings/ShownPairing';
import type { Copied } from '$lib/bindings/Copied';
import type { CopyWhat } from '$lib/bindings/CopyWhat';
import type { PlatformHost } from '$lib/host';
import { HostError } from '$lib/hostError';
import { Interest } from './interest.svelte';
import type { OpenCodes } from './openCodes.svelte';
import type { PairForm } from './pairForm.svelte';
import type { Reach } from './platform.svelte';
import { secondsUntil, statusAt } from './pairings';
import type { Ticker } from './ticker.svelte';

/** What the Pair page holds: the form, a code on screen, or a code that is hidden for good. */
type Panel =
	| { kind: 'form' }
	| { kind: 'shown'; secret: ShownPairing }
	| { kind: 'hidden'; pairing: PairingData };

export type PanelStatus = PairingStatus | 'hidden';

/** The code being shown: made once, seen once, gone when no one looks. */
export class Pairing {
	readonly #host: PlatformHost;
	readonly #ticker: Ticker;
	readonly #reach: Reach;
	readonly #codes: OpenCodes;
	readonly form: PairForm;
	readonly interest: Interest;
	#panel = $state.raw<Panel>({ kind: 'form' });
	#copied = $state.raw<{ what: CopyWhat | 'line'; until: number } | null>(null);
	#away = false;
	creating = $state(false);
	replacing = $state(false);
	enlarged = $state(false);
	attemptsLeft = $state<number | null>(null);
	error = $state.raw<HostError | null>(null);
	copyError = $state.raw<HostError | null>(null);

	constructor(host: PlatformHost, ticker: Ticker, reach: Reach, codes: OpenCodes, form: PairForm) {
		this.#host = host;
		this.#ticker = ticker;
		this.#reach = reach;
		this.#codes = codes;
		this.form = form;
		this.interest = new Interest(ticker, () => this.hide());
	}

	secret = $derived.by(() => (this.#panel.kind === 'shown' ? this.#panel.secret : null));

	/** The pairing on the page with the latest news about it. */
	current = $derived.by<PairingData | null>(() => {
		if (this.#panel.kind === 'form') return null;
		const made = this.#panel.kind === 'shown' ? this.#panel.secret.pairing : this.#panel.pairing;
		return this.#codes.get(made.id) ?? made;
	});

	status = $derived.by<PanelStatus | null>(() => {
		if (!this.current) return null;
		const status = statusAt(this.current, this.#ticker.now);
		return status === 'open' && this.#panel.kind === 'hidden' ? 'hidden' : status;
	});

	secondsLeft = $derived.by(() =>
		this.current ? secondsUntil(this.current.expires_at, this.#ticker.now) : 0
	);

	/** How much of the code's life is left, from 1 to 0. */
	fractionLeft = $derived.by(() => {
		if (!this.current) return 0;
		const { created_at, expires_at } = this.current;
		const life = (Date.parse(expires_at) - Date.parse(created_at)) / 1000;
		return life > 0 ? Math.min(1, this.secondsLeft / life) : 0;
	});

	copied = $derived.by(() => {
		const copied = this.#copied;
		if (!copied || copied.until <= this.#ticker.now) return null;
		return { what: copied.what, seconds: Math.ceil((copied.until - this.#ticker.now) / 1000) };
	});

	async create(): Promise<void> {
		if (this.creating || !this.form.check()) return;
		this.creating = true;
		this.error = null;
		this.#away = false;
		try {
			await this.#reach.decideNearby();
			const request = this.form.request(this.#reach.addresses, this.#reach.nearby);
			this.#show(await this.#host.createPairing(request));
		} catch (refusal) {
			this.error = HostError.from(refusal);
		} finally {
			this.creating = false;
		}
	}

	/** Takes the secret off the screen and out of memory; the code goes on working. */
	hide(): void {
		if (this.#panel.kind !== 'shown') return;
		const { pairing } = this.#panel.secret;
		this.#panel = { kind: 'hidden', pairing };
		this.#forgetSecret();
		this.#host.hidePairing(pairing.id).catch((refusal: unknown) => {
			this.error = HostError.from(refusal);
		});
	}

	/** The page is left: nothing secret stays behind, not even a code still being made. */
	leave(): void {
		this.#away = true;
		this.hide();
		if (this.status !== 'hidden') this.#panel = { kind: 'form' };
	}

	/** Back to the form for another code; the hidden one, which nobody may have got, is cancelled. */
	async replace(): Promise<void> {
		const { current } = this;
		if (!current || this.replacing) return;
		this.replacing = true;
		this.error = null;
		try {
			this.#codes.apply(await this.#host.cancelPairing(current.id));
			this.#panel = { kind: 'form' };
		} catch (refusal) {
			this.error = HostError.from(refusal);
		} finally {
			this.replacing = false;
		}
	}

	/** Back to the form. */
	done(): void {
		this.hide();
		this.#panel = { kind: 'form' };
		this.form.next();
	}

	askCancel(): void {
		if (this.current) this.#codes.cancellation.ask(this.current);
	}

	guessFailed(pairingId: string, attemptsLeft: number): void {
		if (this.current?.id !== pairingId) return;
		this.attemptsLeft = Math.min(this.attemptsLeft ?? attemptsLeft, attemptsLeft);
	}

	copy(what: CopyWhat): Promise<void> {
		return this.#copy(what, (id) => this.#host.copyPairing(id, what));
	}

	/** Copies the line for the device, which holds the code. */
	copyLine(line: string): Promise<void> {
		return this.#copy('line', () => this.#host.copyLine(line));
	}

	async #copy(what: CopyWhat | 'line', copy: (id: string) => Promise<Copied>): Promise<void> {
		if (!this.secret) return;
		this.copyError = null;
		try {
			const { clears_in_seconds } = await copy(this.secret.pairing.id);
			this.#ticker.tick();
			this.#copied = { what, until: this.#ticker.now + clears_in_seconds * 1000 };
		} catch (refusal) {
			this.copyError = HostError.from(refusal);
		}
	}

	#show(secret: ShownPairing): void {
		this.#ticker.tick();
		this.#codes.apply(secret.pairing);
		this.attemptsLeft = null;
		this.#forgetSecret();
		this.#panel = { kind: 'shown', secret };
		if (this.#away) this.hide();
		else this.interest.watch();
	}

	#forgetSecret(): void {
		this.interest.stop();
		this.enlarged = false;
		this.#copied = null;
		this.copyError = null;
	}
}

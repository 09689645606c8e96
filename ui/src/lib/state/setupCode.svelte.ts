import type { CheckedAddress } from '$lib/bindings/CheckedAddress';
import type { SetupCodeUsed } from '$lib/bindings/SetupCodeUsed';
import type { SetupGrant } from '$lib/bindings/SetupGrant';
import type { ShownSetupCode } from '$lib/bindings/ShownSetupCode';
import type { PlatformHost } from '$lib/host';
import { HostError } from '$lib/hostError';
import { Interest } from './interest.svelte';
import { secondsUntil } from './pairings';
import type { Ticker } from './ticker.svelte';

export const grants: SetupGrant[] = ['limited', 'full', 'node'];

/** What is known of a code once its secret is gone. */
export type MadeSetupCode = Omit<ShownSetupCode, 'text' | 'qr'> & { made: number };

/** A code whose secret is there; one whose addresses are no good is looked at before it is shown. */
type Panel =
	| { kind: 'form' }
	| { kind: 'made'; code: ShownSetupCode; made: MadeSetupCode; shown: boolean }
	| { kind: 'hidden'; made: MadeSetupCode };

/** `checked` waits for somebody to look at what was found about the addresses. */
export type SetupStatus = 'checked' | 'open' | 'hidden' | 'used' | 'expired';

/** Whether a phone could get to a gateway there. */
export const isUsable = ({ problem, warnings }: CheckedAddress): boolean =>
	problem === null && !warnings.some(({ fatal }) => fatal);

/** The setup code being shown: made once, seen once, gone when no one looks. */
export class SetupCode {
	readonly #host: PlatformHost;
	readonly #ticker: Ticker;
	readonly interest: Interest;
	grant = $state<SetupGrant>('limited');
	/** The address that the code should carry; empty for the one that the gateway knows of itself. */
	address = $state('');
	#panel = $state.raw<Panel>({ kind: 'form' });
	#copiedUntil = $state(0);
	#away = false;
	/** What became of the code on the page. */
	used = $state.raw<SetupCodeUsed | null>(null);
	/** Whether the gateway named nobody after the code's end. It forgets codes, and does not count who was approved by hand. */
	untold = $state(false);
	#askedAtEnd = false;
	creating = $state(false);
	enlarged = $state(false);
	error = $state.raw<HostError | null>(null);
	onUsed: (used: SetupCodeUsed) => void = () => undefined;

	constructor(host: PlatformHost, ticker: Ticker) {
		this.#host = host;
		this.#ticker = ticker;
		this.interest = new Interest(ticker, () => this.hide());
		ticker.onTick(() => {
			if (this.status !== 'expired' || this.#askedAtEnd) return;
			this.#askedAtEnd = true;
			void this.look();
		});
	}

	/** The code on the page, without its secret. */
	made = $derived.by(() => (this.#panel.kind === 'form' ? null : this.#panel.made));

	status = $derived.by<SetupStatus | null>(() => {
		if (this.#panel.kind === 'form') return null;
		if (this.used) return 'used';
		if (secondsUntil(this.#panel.made.expires_at, this.#ticker.now) === 0) return 'expired';
		if (this.#panel.kind === 'hidden') return 'hidden';
		return this.#panel.shown ? 'open' : 'checked';
	});

	/** The secret, while it may be seen. */
	secret = $derived.by(() =>
		this.#panel.kind === 'made' && this.status === 'open' ? this.#panel.code : null
	);

	secondsLeft = $derived.by(() =>
		this.made ? secondsUntil(this.made.expires_at, this.#ticker.now) : 0
	);

	/** How much of the code's life is left, from 1 to 0. */
	fractionLeft = $derived.by(() => {
		if (!this.made) return 0;
		const life = (Date.parse(this.made.expires_at) - this.made.made) / 1000;
		return life > 0 ? Math.min(1, this.secondsLeft / life) : 0;
	});

	/** Seconds until what was copied leaves the clipboard. */
	copied = $derived.by(() => {
		const left = Math.ceil((this.#copiedUntil - this.#ticker.now) / 1000);
		return left > 0 ? left : null;
	});

	async create(): Promise<void> {
		if (this.creating) return;
		this.creating = true;
		this.error = null;
		this.#away = false;
		try {
			const address = this.address.trim() || null;
			this.#take(await this.#host.createSetupCode({ grant: this.grant, address }));
		} catch (refusal) {
			this.error = HostError.from(refusal);
		} finally {
			this.creating = false;
		}
	}

	/** The person has seen that no phone may get anywhere with it. */
	showAnyway(): void {
		if (this.#panel.kind === 'made') this.#panel = { ...this.#panel, shown: true };
	}

	/** Takes the secret off the screen and out of memory; the code goes on working. */
	hide(): void {
		if (this.#panel.kind !== 'made') return;
		const { made } = this.#panel;
		this.#panel = { kind: 'hidden', made };
		this.#forget();
		this.#host.hidePairing(made.id).catch((refusal: unknown) => {
			this.error = HostError.from(refusal);
		});
	}

	/** The page is left: nothing secret stays behind, not even a code still being made. */
	leave(): void {
		this.#away = true;
		this.hide();
		if (this.status !== 'hidden') this.#reset();
	}

	/** Back to the form. */
	done(): void {
		this.hide();
		this.#reset();
	}

	/** Somebody used a code; it may be this one. */
	apply(used: SetupCodeUsed): void {
		if (used.id !== this.made?.id) return;
		const first = this.used === null;
		this.hide();
		this.used = used;
		if (first) this.onUsed(used);
	}

	/** Asks what became of the code, in case the news of it was missed. */
	async look(): Promise<void> {
		const { made } = this;
		if (!made || this.used) return;
		const over = this.status === 'expired';
		try {
			const used = await this.#host.setupCodeUsed(made.id);
			if (made.id !== this.made?.id) return;
			if (used) this.apply(used);
			else this.untold = over;
			this.error = null;
		} catch (refusal) {
			this.error = HostError.from(refusal);
		}
	}

	async copy(): Promise<void> {
		if (!this.secret) return;
		try {
			const { clears_in_seconds } = await this.#host.copyPairing(this.secret.id, 'code');
			this.#ticker.tick();
			this.#copiedUntil = this.#ticker.now + clears_in_seconds * 1000;
			this.error = null;
		} catch (refusal) {
			this.error = HostError.from(refusal);
		}
	}

	#take(code: ShownSetupCode): void {
		this.#ticker.tick();
		this.#forget();
		this.#unknown();
		const { id, grant, narrowed, roles, scopes, expires_at, addresses } = code;
		const known = { id, grant, narrowed, roles, scopes, expires_at, addresses };
		const made = { ...known, made: this.#ticker.now };
		this.#panel = { kind: 'made', code, made, shown: code.addresses.some(isUsable) };
		if (this.#away) this.hide();
		else this.interest.watch();
	}

	#reset(): void {
		this.#panel = { kind: 'form' };
		this.#unknown();
	}

	/** Nothing is known yet of what becomes of a code. */
	#unknown(): void {
		this.used = null;
		this.untold = false;
		this.#askedAtEnd = false;
	}

	#forget(): void {
		this.interest.stop();
		this.enlarged = false;
		this.#copiedUntil = 0;
	}
}

import type { Refusal } from '$lib/bindings/Refusal';
import { HostError } from '$lib/hostError';

/** Remembers what it was asked, and fails or waits on demand. */
export class Pretence<Method extends string> {
	readonly calls: [Method, ...unknown[]][] = [];
	readonly #failures = new Map<Method, Refusal>();
	readonly #waits = new Map<Method, Promise<void>>();

	/** The next calls of `method` are refused with `error`. */
	refuse(method: Method, error: Refusal): void {
		this.#failures.set(method, error);
	}

	allow(method: Method): void {
		this.#failures.delete(method);
	}

	/** Calls of `method` wait until the returned function is called. */
	hold(method: Method): () => void {
		let release: () => void = () => undefined;
		this.#waits.set(method, new Promise((resolve) => (release = resolve)));
		return () => {
			this.#waits.delete(method);
			release();
		};
	}

	called(method: Method): unknown[][] {
		return this.calls.filter(([name]) => name === method).map(([, ...args]) => args);
	}

	protected async answer<T>(method: Method, args: unknown[], work: () => T): Promise<T> {
		this.calls.push([method, ...args]);
		const failure = this.#failures.get(method);
		const answer = failure ? undefined : work();
		await this.#waits.get(method);
		if (failure) throw new HostError(failure);
		return answer as T;
	}
}

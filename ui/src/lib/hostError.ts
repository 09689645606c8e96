import type { ErrorBody } from '$lib/bindings/ErrorBody';

/** A refusal from the host: switch on `code`, show `message` and `hint`. */
export class HostError extends Error {
	readonly code: string;
	readonly hint: string | null;

	constructor(body: ErrorBody) {
		super(body.message);
		this.name = 'HostError';
		this.code = body.code;
		this.hint = body.hint;
	}

	/** Anything a host can throw, as a `HostError`. What is not an `ErrorBody` keeps its text. */
	static from(thrown: unknown): HostError {
		if (thrown instanceof HostError) return thrown;
		if (isErrorBody(thrown)) return new HostError(thrown);
		const message = thrown instanceof Error ? thrown.message : String(thrown);
		return new HostError({ code: 'host_failed', message, hint: null });
	}
}

function isErrorBody(value: unknown): value is ErrorBody {
	if (typeof value !== 'object' || value === null) return false;
	const { code, message } = value as Partial<ErrorBody>;
	return typeof code === 'string' && typeof message === 'string';
}

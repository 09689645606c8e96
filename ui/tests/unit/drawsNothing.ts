import { beforeAll, vi } from 'vitest';

/** What bits-ui needs to be there, though jsdom draws nothing. */
export function drawsNothing(): void {
	beforeAll(() => {
		vi.stubGlobal(
			'ResizeObserver',
			class {
				observe = () => undefined;
				unobserve = () => undefined;
				disconnect = () => undefined;
			}
		);
		Element.prototype.scrollIntoView = () => undefined;
		Element.prototype.animate ??= () => ({ finished: Promise.resolve() }) as unknown as Animation;
	});
}

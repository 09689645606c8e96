import { expect, test } from 'vitest';
import { Coalesced } from '$lib/state/coalesced';
import { Paged } from '$lib/state/paged.svelte';
import { Ticker } from '$lib/state/ticker.svelte';
import { FakeClock } from '../../src/gallery/FakeClock';
import { START } from '../../src/gallery/samples';
import { settle } from './stage';

/** Twenty numbers, three on a page, each answer given by hand. */
function numbers() {
	const waiting: (() => void)[] = [];
	let held = false;
	const list = new Paged<number, number>(async (after) => {
		const from = after ?? 0;
		if (held) await new Promise<void>((answer) => waiting.push(answer));
		const rows = Array.from({ length: 3 }, (_, index) => from + index + 1);
		return { rows, next: from + 3 < 20 ? from + 3 : null };
	});
	return {
		list,
		hold: () => (held = true),
		/** Answers what was asked so far, the first question first or the last. */
		answer: async (which: 'first' | 'last' = 'first') => {
			(which === 'first' ? waiting.shift() : waiting.pop())?.();
			await settle();
		},
		free: async () => {
			held = false;
			while (waiting.length > 0) waiting.shift()?.();
			await settle();
		}
	};
}

test('reading again says nothing of waiting, and leaves what is on screen', async () => {
	const { list, hold, free } = numbers();
	await list.begin();
	await list.showMore();
	hold();
	const again = list.again();
	expect(list.loading).toBe(false);
	expect(list.rows).toHaveLength(6);
	await free();
	await again;
	expect(list.rows).toHaveLength(6);
});

test('more is shown although the list is read again meanwhile, whichever answer comes first', async () => {
	for (const which of ['first', 'last'] as const) {
		const { list, hold, answer, free } = numbers();
		await list.begin();
		hold();
		const again = list.again();
		const more = list.showMore();
		expect(list.loading).toBe(true);
		await answer(which);
		await free();
		await Promise.all([again, more]);
		expect(list.rows, which).toEqual([1, 2, 3, 4, 5, 6]);
		expect(list.loading, which).toBe(false);
	}
});

test('reading again while more is shown keeps what is shown', async () => {
	const { list, hold, answer, free } = numbers();
	await list.begin();
	hold();
	const more = list.showMore();
	const again = list.again();
	await answer();
	expect(list.rows).toHaveLength(6);
	await free();
	await Promise.all([again, more]);
	expect(list.rows).toHaveLength(6);
});

test('what is asked for meanwhile is done once more, after as long a rest as it took', async () => {
	const clock = new FakeClock(START);
	const ticker = new Ticker(clock);
	ticker.start();
	let times = 0;
	let done: () => void = () => undefined;
	const work = new Coalesced(() => {
		times += 1;
		return new Promise((resolve) => (done = resolve));
	}, ticker);
	void work.request();
	clock.advance(3000);
	void work.request();
	void work.request();
	done();
	await settle();
	clock.advance(2000);
	await settle();
	expect(times).toBe(1);
	clock.advance(1000);
	await settle();
	expect(times).toBe(2);
	done();
	await settle();
	void work.request();
	expect(times).toBe(3);
});

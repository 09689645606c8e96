import { expect, test } from 'vitest';
import { samplePairing } from '../../src/gallery/samples';
import { stage } from '../../src/gallery/stage';

test('lists codes that still work, newest first, over several pages', async () => {
	const { app, clock, platform } = stage('#/pair');
	platform.pageSize = 1;
	platform.pairings = [
		samplePairing(clock, { id: 'new', created_at: clock.at(-1) }),
		samplePairing(clock, { id: 'old', created_at: clock.at(-50) }),
		samplePairing(clock, { id: 'done', status: 'completed', created_at: clock.at(-90) }),
		samplePairing(clock, { id: 'ancient', created_at: clock.at(-99) })
	];
	await app.start();
	expect(app.codes.open.map(({ id }) => id)).toEqual(['new', 'old']);
	expect(platform.called('listPairings')).toHaveLength(3);
});

test('a code leaves the list when its time is over', async () => {
	const { app, clock, platform } = stage('#/pair');
	platform.pairings = [samplePairing(clock, { expires_at: clock.at(2) })];
	await app.start();
	expect(app.codes.open).toHaveLength(1);
	clock.advance(2000);
	expect(app.codes.open).toHaveLength(0);
});

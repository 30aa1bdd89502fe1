import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { createInFlight } from '../../src/pipeline/in-flight.ts';

/** Until all that was about to run has run. */
const turn = () => new Promise(setImmediate);

test('work in flight is bounded: there is room as soon as enough of the oldest is done, and never before', async () => {
  const sizes = fc.array(fc.nat(5), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(sizes, fc.integer({ min: 1, max: 9 }), async (all, max) => {
      const inFlight = createInFlight(max);
      let under = 0;
      const open: (() => void)[] = [];
      for (const size of all) {
        const room = inFlight.room();
        const free = vi.fn<() => void>();
        void room.then(free);
        // One after another, the oldest first, and only as many as it takes.
        for (await turn(); free.mock.calls.length === 0; await turn()) open.shift()?.();
        await room;
        expect(under).toBeLessThan(max);
        under += size;
        inFlight.add(
          new Promise<void>((resolve) => {
            open.push(() => {
              under -= size;
              resolve();
            });
          }),
          size,
        );
      }
      const end = inFlight.done();
      for (const done of open) done();
      await end;
      expect(under).toBe(0);
    }),
    { numRuns: 50 },
  );
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Slot } from '../../src/pipeline/steps/compile.ts';
import { slotted, type Fit } from '../../src/pipeline/steps/slots.ts';

type Name = 'a' | 'b' | 'c';

const slot: fc.Arbitrary<Slot<Name>> = fc.record({
  names: fc.uniqueArray(fc.constantFrom<Name>('a', 'b', 'c'), { minLength: 1 }),
  times: fc.integer({ min: 1, max: 2 }),
});
const event = fc.uniqueArray(fc.constantFrom<Name>('a', 'b', 'c'), { minLength: 1 });

const fitOf = (event: readonly Name[], slots: readonly Slot<Name>[]): Fit<Name> =>
  slots.map(({ names }) => names.find((name) => event.includes(name)) ?? null);

/** Whether the events from the first on can all be had, by trying every choice. */
function possible(fits: readonly Fit<Name>[], room: readonly number[]): boolean {
  const [fit, ...others] = fits;
  if (!fit) return true;
  return fit.some(
    (name, slot) =>
      name !== null &&
      (room[slot] ?? 0) > 0 &&
      possible(
        others,
        room.map((left, at) => (at === slot ? left - 1 : left)),
      ),
  );
}

describe('the slots of all()', () => {
  it('take events whenever any choice of slots takes them, in whatever order they come', () => {
    fc.assert(
      fc.property(
        fc.array(slot, { minLength: 1, maxLength: 4 }),
        fc.array(event, { maxLength: 5 }),
        (slots, events) => {
          const fits = events.map((one) => fitOf(one, slots));
          const names = slotted(fits, slots);
          expect(names !== undefined).toBe(
            possible(
              fits,
              slots.map(({ times }) => times),
            ),
          );
          for (const [index, name] of (names ?? []).entries()) expect(events[index]).toContain(name);
        },
      ),
    );
  });
});

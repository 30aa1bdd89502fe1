import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asOne } from '../../src/runtime/as-one.ts';
import { sharesOf } from '../../src/runtime/threads.ts';

describe('partitions divided among threads', () => {
  it('are worked once each, by as many threads as asked for and no more than there are partitions, evenly', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 12 }), (partitions, threads) => {
        const shares = sharesOf(partitions, threads);
        expect(shares).toHaveLength(Math.min(partitions, threads));
        expect(shares.flat().toSorted((a, b) => a - b)).toEqual(
          Array.from({ length: partitions }, (_, index) => index),
        );
        const sizes = shares.map(({ length }) => length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('threads that read one log', () => {
  /** What is told in the end of what they told. */
  function told(threads: number) {
    const reached: number[] = [];
    const lost: number[] = [];
    const each = asOne(threads, {
      pipelinesReached: (sequence) => void reached.push(sequence),
      eventsLost: (_, from, to) => {
        for (let sequence = from; sequence <= to; sequence++) lost.push(sequence);
      },
    });
    return { each, reached, lost };
  }

  it('have come as far as the hindmost of them, once all have said how far', () => {
    const step = fc.record({ thread: fc.nat(2), further: fc.integer({ min: 1, max: 9 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { each, reached } = told(3);
        const at = [0, 0, 0];
        for (const { thread, further } of steps) {
          at[thread] = (at[thread] ?? 0) + further;
          each[thread]?.pipelinesReached(at[thread] ?? 0, 0);
          expect(reached.at(-1) ?? 0).toBe(Math.min(...at));
        }
        expect(reached).toEqual([...new Set(reached)].toSorted((a, b) => a - b));
      }),
    );
  });

  it('say once what each of them missed, also where one began earlier', () => {
    const range = fc.record({ thread: fc.nat(2), from: fc.integer({ min: 1, max: 40 }), length: fc.nat(20) });
    fc.assert(
      fc.property(fc.array(range, { maxLength: 12 }), (ranges) => {
        const { each, lost } = told(3);
        const missed = new Set<number>();
        for (const { thread, from, length } of ranges) {
          each[thread]?.eventsLost('pipelines', from, from + length);
          for (let sequence = from; sequence <= from + length; sequence++) missed.add(sequence);
        }
        expect(lost.toSorted((a, b) => a - b)).toEqual([...missed].toSorted((a, b) => a - b));
      }),
    );
  });
});

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { setImmediate as nextTick } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRecent } from '../../src/log/recent.ts';

test('what is kept of a stream is its end, whole and in order; what is older is read elsewhere', () => {
  const commit = fc.array(fc.nat(400), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(
      fc.array(commit, { maxLength: 40 }),
      fc.nat(200),
      fc.integer({ min: 1, max: 9 }),
      (commits, from, max) => {
        const recent = createRecent(2_000);
        const all: number[] = [];
        for (const [time, sizes] of commits.entries()) {
          const before = all.length;
          all.push(...sizes);
          const appended = sizes.map((size, index) => ({
            sequence: before + index + 1,
            subject: 's',
            storedAt: time,
            data: new Uint8Array(size),
          }));
          recent.add('EVENTS', appended);
        }
        const kept = recent.from('EVENTS', from, max);
        if (kept) {
          expect(kept.map(({ sequence }) => sequence)).toEqual(
            all.map((_, index) => index + 1).filter((sequence) => sequence >= from && sequence < from + max),
          );
          expect(kept.map(({ data }) => data.length)).toEqual(kept.map(({ sequence }) => all[sequence - 1]));
        } else {
          // Not kept only for want of room.
          const bytes = all.slice(Math.max(0, from - 1)).reduce((sum, size) => sum + size + 's'.length + 6, 0);
          expect(from === 0 || all.length === 0 || bytes > 2_000).toBe(true);
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('what is no longer kept is let go, also where it is few messages that are large', async () => {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const recent = createRecent(1_000_000);
  const handed: WeakRef<Uint8Array>[] = [];
  for (let sequence = 1; sequence <= 100; sequence++) {
    const data = new Uint8Array(100_000);
    handed.push(new WeakRef(data));
    recent.add('SIGNALS', [{ sequence, subject: 's', storedAt: 0, data }]);
  }
  await nextTick();
  collect();
  const held = handed.filter((each) => each.deref() !== undefined).length;
  expect(held).toBeGreaterThanOrEqual(9);
  expect(held).toBeLessThanOrEqual(25);
});

test('what came together last is kept whole', () => {
  const recent = createRecent(1_000);
  const large = (sequence: number) => ({ sequence, subject: 's', storedAt: 0, data: new Uint8Array(800) });
  recent.add('EVENTS', [1, 2, 3].map(large));
  expect(recent.from('EVENTS', 1, 9)).toHaveLength(3);
  recent.add('EVENTS', [large(4)]);
  expect(recent.from('EVENTS', 3, 9)).toBeUndefined();
  expect(recent.from('EVENTS', 4, 9)).toHaveLength(1);
});

test('of a busy stream a quarter of a second is kept, of a quiet one what there is', () => {
  const recent = createRecent();
  const at = (storedAt: number, sequence: number, bytes: number) => ({
    sequence,
    subject: 's',
    storedAt,
    data: new Uint8Array(bytes),
  });
  for (let sequence = 1; sequence <= 10; sequence++) {
    recent.add('EVENTS', [at(sequence * 100, sequence, 50_000)]);
    recent.add('ALERTS', [at(sequence * 100, sequence, 500)]);
  }
  expect(recent.from('EVENTS', 7, 9)).toBeUndefined();
  expect(recent.from('EVENTS', 8, 9)).toHaveLength(3);
  expect(recent.from('ALERTS', 1, 99)).toHaveLength(10);
  // What came together is kept whole.
  recent.add('EVENTS', [at(5_000, 11, 50_000), at(6_000, 12, 50_000)]);
  expect(recent.from('EVENTS', 10, 9)).toBeUndefined();
  expect(recent.from('EVENTS', 11, 9)).toHaveLength(2);
});

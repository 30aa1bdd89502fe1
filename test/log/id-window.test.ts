import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createIdWindow, idKey, idsPerGenerationMax } from '../../src/log/embedded/id-window.ts';
import { duplicateWindowMs } from '../../src/log/streams.ts';

test('an id is known for the whole window, and forgotten after it', () => {
  const window = createIdWindow();
  window.add(idKey('EVENTS', 'x'), 7, 1_000);
  expect(window.find(idKey('EVENTS', 'x'), 1_000 + duplicateWindowMs - 1)).toBe(7);
  expect(window.find(idKey('EVENTS', 'x'), 1_000 + duplicateWindowMs)).toBeUndefined();
  expect(window.find(idKey('ALERTS', 'x'), 1_000)).toBeUndefined();
});

test('it answers as a map with times does, over many windows', () => {
  const steps = fc.array(fc.record({ id: fc.nat(400), afterMs: fc.nat(duplicateWindowMs / 20) }), {
    minLength: 1,
    maxLength: 3_000,
  });
  fc.assert(
    fc.property(steps, (given) => {
      const window = createIdWindow();
      const model = new Map<number, { sequence: number; at: number }>();
      let now = 0;
      for (const [index, { id, afterMs }] of given.entries()) {
        now += afterMs;
        const known = model.get(id);
        const expected = known && known.at > now - duplicateWindowMs ? known.sequence : undefined;
        expect(window.find(idKey('EVENTS', String(id)), now)).toBe(expected);
        if (expected !== undefined) continue;
        window.add(idKey('EVENTS', String(id)), index + 1, now);
        model.set(id, { sequence: index + 1, at: now });
      }
    }),
    { numRuns: 10 },
  );
});

test('beyond its bound it forgets the oldest generation, never the newest', () => {
  const window = createIdWindow();
  const key = Buffer.alloc(12);
  const keyOf = (index: number) => {
    key.writeUInt32LE(index, 0);
    return key.toString('latin1');
  };
  const count = idsPerGenerationMax * 2 + 1;
  for (let index = 1; index <= count; index += 1) window.add(keyOf(index), index, 0);
  expect(window.find(keyOf(count), 0)).toBe(count);
  expect(window.find(keyOf(idsPerGenerationMax + 1), 0)).toBe(idsPerGenerationMax + 1);
  expect(window.find(keyOf(idsPerGenerationMax), 0)).toBeUndefined();
});

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSealer } from '../../src/push/cursor.ts';
import { createMemoryLog } from '../support/memory-log.ts';

const clock = { now: () => Date.UTC(2026, 0, 1) };
const created = '2026-01-01T00:00:00.000Z';
const sequences = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

describe('a cursor', () => {
  test('opens to the place it was sealed for, by every daemon on the log', async () => {
    const log = createMemoryLog(clock);
    const [one, other] = await Promise.all([createSealer(log), createSealer(log)]);
    fc.assert(
      fc.property(sequences, (sequence) => {
        const cursor = one.seal('acme', created, sequence);
        expect(other.open('acme', created, cursor)).toEqual({ sameLog: true, sequence });
        expect(other.seal('acme', created, sequence)).toBe(cursor);
      }),
    );
  });

  test('of another organisation is as wrong as none', async () => {
    const sealer = await createSealer(createMemoryLog(clock));
    expect(sealer.open('globex', created, sealer.seal('acme', created, 7))).toBeUndefined();
  });

  test('with any character changed, cut or added does not open', async () => {
    const sealer = await createSealer(createMemoryLog(clock));
    const cursor = sealer.seal('acme', created, 1_234);
    const broken = fc.oneof(
      fc
        .tuple(fc.nat(cursor.length - 1), fc.constantFrom('A', 'Z', 'a', 'z', '0', '9', '-', '_', '=', '+', ' '))
        .map(([at, sign]) => cursor.slice(0, at) + sign + cursor.slice(at + 1)),
      fc.nat(cursor.length - 1).map((length) => cursor.slice(0, length)),
      fc.string().map((more) => cursor + more),
      fc.string(),
      fc.base64String(),
    );
    fc.assert(
      fc.property(broken, (text) => {
        if (text !== cursor) expect(sealer.open('acme', created, text)).toBeUndefined();
      }),
    );
  });

  test('of a log that was made anew says so', async () => {
    const sealer = await createSealer(createMemoryLog(clock));
    const cursor = sealer.seal('acme', '2025-12-01T00:00:00.000Z', 9);
    expect(sealer.open('acme', created, cursor)).toEqual({ sameLog: false, sequence: 9 });
  });

  test('tells nothing of how many messages there are: all have one length and share no beginning', async () => {
    const sealer = await createSealer(createMemoryLog(clock));
    const cursors = [0, 1, 2, 1_000_000, Number.MAX_SAFE_INTEGER].map((sequence) =>
      sealer.seal('acme', created, sequence),
    );
    expect(new Set(cursors.map(({ length }) => length)).size).toBe(1);
    expect(new Set(cursors.map((cursor) => cursor.slice(0, 8))).size).toBe(cursors.length);
  });
});

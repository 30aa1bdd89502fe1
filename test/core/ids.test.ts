import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fnv1a32, idOf, partitionOf } from '../../src/core/ids.ts';

describe('ids', () => {
  it('are the same for the same cause, and tell parts apart that would run together', () => {
    expect(idOf('acme', 'stripe', 'evt_1')).toBe(idOf('acme', 'stripe', 'evt_1'));
    expect(idOf('acme', 'stripe', 'evt_1')).toMatch(/^[0-9a-f]{32}$/);
    expect(idOf('ab', 'c')).not.toBe(idOf('a', 'bc'));
  });

  it('FNV-1a is the published one (vectors of the authors’ test suite)', () => {
    expect(fnv1a32('')).toBe(0x811c9dc5);
    expect(fnv1a32('a')).toBe(0xe40c292c);
    expect(fnv1a32('foobar')).toBe(0xbf9cf968);
  });

  it('every entity has one partition, within the range', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.integer({ min: 1, max: 1_024 }), (org, entity, partitions) => {
        const partition = partitionOf(org, entity, partitions);
        expect(partition).toBeGreaterThanOrEqual(0);
        expect(partition).toBeLessThan(partitions);
        expect(partitionOf(org, entity, partitions)).toBe(partition);
      }),
    );
  });
});

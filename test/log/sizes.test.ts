import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaultRetention, sizesOf, streamDefinitions } from '../../src/log/streams.ts';

const gib = 1024 ** 3;

test('the streams are as large as the table of docs/log.md says', () => {
  const sizes = streamDefinitions().map(({ name, maxBytes }) => [name, maxBytes / gib]);
  expect(Object.fromEntries(sizes)).toEqual({
    EVENTS: 8,
    SIGNALS: 8,
    ALERTS: 1,
    RUNS: 1,
    DEADLETTERS: 1,
    AUDIT: 1,
    INTAKE: 1,
  });
  expect(sizesOf(defaultRetention)).toMatchObject({ blobs: 2 * gib, work: gib / 4, values: gib / 4 });
});

test('all parts together take no more than what the log may', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1024, max: 2 ** 50 }), (maxBytes) => {
      const retention = { ...defaultRetention, maxBytes };
      const { blobs, work, values } = sizesOf(retention);
      const parts = [...streamDefinitions(retention).map((each) => each.maxBytes), blobs, work, values];
      expect(parts.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThanOrEqual(maxBytes);
      expect(Math.min(...parts)).toBeGreaterThan(0);
    }),
  );
});

test('what is said of a stream holds, and the others keep their shares', () => {
  const { events, signals } = sizesOf({ ...defaultRetention, eventsMaxBytes: gib });
  expect([events, signals]).toEqual([gib, 8 * gib]);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decodeSegment,
  encodeSegment,
  recordBytes,
  segmentBytesMax,
  segmentMessagesMax,
  splitSegments,
  storedAtOf,
} from '../../src/log/embedded/segment.ts';

const records = fc.array(
  fc.record({
    subject: fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }),
    data: fc.uint8Array({ maxLength: 300 }),
  }),
  { minLength: 1, maxLength: 50 },
);

test('what is written into a segment is read from it, the whole or any part', () => {
  fc.assert(
    fc.property(records, fc.integer({ min: 1, max: 2 ** 40 }), fc.nat(60), fc.nat(60), (given, first, skip, length) => {
      const segment = encodeSegment(1_772_442_000_123, given);
      const from = first + skip;
      const to = from + length;
      const messages = decodeSegment(first, segment, from, to);
      expect(storedAtOf(segment)).toBe(1_772_442_000_123);
      expect(messages.map(({ subject, data }) => ({ subject, data: [...data] }))).toEqual(
        given.slice(skip, skip + length + 1).map(({ subject, data }) => ({ subject, data: [...data] })),
      );
      expect(messages.map(({ sequence }) => sequence)).toEqual(messages.map((_, index) => from + index));
    }),
  );
});

test('segments keep their bounds, and a message beyond them stands alone', () => {
  const small = Array.from({ length: 300 }, () => ({ subject: 's', data: new Uint8Array(10) }));
  const large = { subject: 's', data: new Uint8Array(segmentBytesMax * 3) };
  const medium = Array.from({ length: 10 }, () => ({ subject: 's', data: new Uint8Array(segmentBytesMax / 4) }));
  const segments = splitSegments([...small, large, ...medium]);
  expect(segments.flat()).toEqual([...small, large, ...medium]);
  for (const segment of segments) {
    expect(segment.length).toBeLessThanOrEqual(segmentMessagesMax);
    const bytes = segment.reduce((sum, record) => sum + recordBytes(record), 0);
    expect(segment.length === 1 || bytes <= segmentBytesMax).toBe(true);
  }
  expect(segments).toContainEqual([large]);
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { isWeirError } from '../../src/core/errors.ts';
import { streamEventSchema } from '../../src/core/event.ts';
import { rfc3339Ms } from '../../src/core/time.ts';
import { entityOf } from '../../src/intake/entity.ts';
import { encodeEvent, envelopeOf, faultOf } from '../../src/intake/event-of.ts';
import { parseJson } from '../../src/intake/json.ts';
import { defaultIntakeLimits as limits } from '../../src/intake/limits.ts';
import { createRateLimiter } from '../../src/intake/rate.ts';
import { streamOf } from '../../src/intake/stream-of.ts';
import { aClock, directory, nobody } from './door.ts';

describe('JSON at the door', () => {
  test('what JSON.parse makes of it, for any JSON within the limits', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.boolean(), (value, indented) => {
        const text = JSON.stringify(value, null, indented ? '\t' : undefined);
        fc.pre(!text.includes('__proto__') && !text.includes('constructor'));
        expect(parseJson(Buffer.from(text), limits)).toEqual(JSON.parse(text));
      }),
    );
  });

  test('brackets, quotes and backslashes in text are no nesting', () => {
    const text = JSON.stringify({ a: '[{"\\'.repeat(500), ['[['.repeat(100)]: '\\\\"' });
    expect(parseJson(Buffer.from(text), limits)).toEqual(JSON.parse(text));
  });

  test.each([0, 100_000])(
    'takes as many levels and values as the limits, and not one more, with %i spaces',
    (spaces) => {
      const padded = (text: string) => Buffer.from(text + ' '.repeat(spaces));
      const nested = (levels: number) => padded('['.repeat(levels) + ']'.repeat(levels));
      expect(() => parseJson(nested(64), limits)).not.toThrow();
      expect(() => parseJson(nested(65), limits)).toThrow('deeper than 64');
      const listed = (values: number) => padded(`[${Array.from({ length: values - 1 }, () => 0).join(',')}]`);
      expect(() => parseJson(listed(100), { ...limits, values: 100 })).not.toThrow();
      expect(() => parseJson(listed(101), { ...limits, values: 100 })).toThrow('more than 100 values');
      expect(() => parseJson(nested(1_000_000), limits)).toThrow('deeper than 64');
    },
  );

  test('a constructor that is only a word, and text that speaks of __proto__, are taken', () => {
    for (const value of [
      { constructor: 'Acme Buildings' },
      { text: '"__proto__": {}' },
      { constructor: { name: 'x' } },
    ]) {
      expect(parseJson(Buffer.from(JSON.stringify(value)), limits)).toEqual(value);
    }
  });

  test('whatever bytes come, it answers with JSON or with body-malformed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          parseJson(Buffer.from(bytes), limits);
        } catch (error) {
          expect(isWeirError(error, 'body-malformed')).toBe(true);
        }
      }),
    );
  });

  test('many escapes are read in time linear in their number', () => {
    const text = `{"a":"${'\\u0063'.repeat(800_000)}"}`;
    expect(parseJson(Buffer.from(text), limits)).toEqual({ a: 'c'.repeat(800_000) });
  });
});

describe('whom it is about', () => {
  const clues = {
    aliases: ['stripe:cus_1'],
    emails: () => ['a@one.example', 'b@two.example', 'c@TWO.example'],
    otherwise: 'stripe:cus_1',
  };

  test('the account that claims an alias, then one that claims a domain, then the most frequent domain, then the object', () => {
    expect(entityOf(clues, directory({ a: ['stripe:cus_1'], b: ['domain:two.example'] }))).toBe('account:a');
    expect(entityOf(clues, directory({ b: ['domain:one.example'] }))).toBe('account:b');
    expect(entityOf(clues, nobody)).toBe('account:two.example');
    const strangers = ['a@gmail.com', 'nobody', '@', 'x@localhost', undefined];
    expect(entityOf({ ...clues, emails: () => strangers }, nobody)).toBe('stripe:cus_1');
  });
});

describe('the stream', () => {
  test.each([
    ['gong', 'gong.call', 'gong'],
    ['stripe', 'stripe.invoice.paid', 'finance'],
    ['custom', 'market.news', 'market'],
    ['custom', 'constructor.x', 'custom'],
    ['billing', 'finance.invoice', 'finance'],
  ])('of %s %s is %s', (origin, type, stream) => {
    expect(streamOf(origin, type)).toBe(stream);
  });
});

describe('an event', () => {
  const receivedAt = Date.UTC(2026, 0, 1);
  const draft = { key: 'k', type: 't', source: '/s', subject: null, entity: 'e', stream: 'custom', data: {} } as const;
  const arrival = { org: 'acme', origin: 'custom', receivedAt };

  test('is one that all readers take, whatever time a provider claims', () => {
    // Milliseconds where seconds are meant lie tens of thousands of years ahead.
    const claimed = fc.oneof(fc.double(), fc.integer(), fc.integer({ min: 1e15, max: 9e15 }), fc.constant(undefined));
    fc.assert(
      fc.property(claimed, (time) => {
        if (faultOf({ ...draft, time }) !== undefined) return;
        const message = encodeEvent(envelopeOf({ ...draft, time }, arrival, limits), Buffer.from('{"a":1}'));
        const event = z
          .object({ time: z.string(), claimedTime: z.iso.datetime().optional() })
          .loose()
          .parse(JSON.parse(message.toString()));
        expect(streamEventSchema.safeParse(event).error).toBeUndefined();
        expect(Date.parse(event.time)).toBeLessThanOrEqual(receivedAt + 300_000);
      }),
    );
  });

  test('that breaks a bound of the envelope says which', () => {
    expect(faultOf({ ...draft, time: undefined, subject: 'x'.repeat(1_025) })).toContain('subject');
    expect(faultOf({ ...draft, time: Number.NaN })).toContain('time');
    expect(faultOf({ ...draft, time: Date.parse('0000-12-31T23:59:59Z') })).toContain('before the year 1');
    expect(faultOf({ ...draft, time: Date.parse('0001-01-01T00:00:00Z') })).toBeUndefined();
    expect(faultOf({ ...draft, time: undefined })).toBeUndefined();
  });
});

describe('the rate', () => {
  test('is never exceeded over any stretch, and what is refused takes nothing', () => {
    const steps = fc.array(fc.record({ passMs: fc.nat(2_000), events: fc.integer({ min: 1, max: 50 }) }), {
      maxLength: 100,
    });
    fc.assert(
      fc.property(steps, (steps) => {
        const clock = aClock(0);
        const limiter = createRateLimiter(clock, 50);
        let taken = 0;
        for (const { passMs, events } of steps) {
          clock.pass(passMs);
          const wait = limiter.take('acme', 10, events);
          if (wait === 0) taken += events;
          expect(taken).toBeLessThanOrEqual(50 + (clock.now() * 10) / 1000 + 1e-6);
        }
      }),
    );
  });

  test('after the seconds it names, it takes', () => {
    const clock = aClock(0);
    const limiter = createRateLimiter(clock, 50);
    expect(limiter.take('acme', 10, 50)).toBe(0);
    expect(limiter.take('other', 10, 50)).toBe(0);
    const wait = limiter.take('acme', 10, 30);
    expect(wait).toBe(3);
    clock.pass(wait * 1_000);
    expect(limiter.take('acme', 10, 30)).toBe(0);
  });
});

describe('RFC 3339', () => {
  test('reads what Date writes, with any offset', () => {
    const date = fc.date({
      min: new Date('0000-01-02T00:00:00Z'),
      max: new Date('9999-12-30T00:00:00Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(date, fc.integer({ min: -1_439, max: 1_439 }), (moment, offset) => {
        const shifted = new Date(moment.getTime() + offset * 60_000).toISOString();
        fc.pre(/^\d{4}-/.test(shifted));
        const two = (n: number) => String(Math.trunc(n)).padStart(2, '0');
        const sign = offset < 0 ? '-' : '+';
        const zone = `${sign}${two(Math.abs(offset) / 60)}:${two(Math.abs(offset) % 60)}`;
        expect(rfc3339Ms(shifted.replace('Z', zone))).toBe(moment.getTime());
      }),
    );
  });

  test.each([
    '2026-02-30T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01 00:00:00Z',
    '2026-01-01',
    '',
  ])('refuses %s', (text) => {
    expect(rfc3339Ms(text)).toBeUndefined();
  });

  test.each([
    ['2026-01-01t00:00:00z', '2026-01-01T00:00:00.000Z'],
    ['2026-01-01T00:00:00.123456789Z', '2026-01-01T00:00:00.123Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
  ])('reads %s', (text, iso) => {
    expect(rfc3339Ms(text)).toBe(Date.parse(iso));
  });
});

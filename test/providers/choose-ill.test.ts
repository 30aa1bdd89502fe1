import { describe, expect, test } from 'vitest';
import { choose } from '../../src/providers/choose.ts';
import type { FaultKind } from '../../src/providers/faults.ts';
import { healthOf } from '../../src/providers/health.ts';
import { fold, initialState } from '../../src/providers/state.ts';
import { anOffer } from './support/scripted.ts';
import { answered, failed, start, started, wantedWith } from './support/choosing.ts';

describe('a provider that is ill', () => {
  const one = [{ offer: anOffer('one') }];
  const two = [...one, { offer: anOffer('two') }];
  const ill = Array.from({ length: 5 }, () => [started('one'), failed('one', 'unavailable')])
    .flat()
    .reduce(fold, initialState(['one', 'two']));

  test('is left alone after five faults in succession, then probed by one call', () => {
    expect(choose(ill, two, wantedWith({ now: start + 9_999 })).verdicts).toEqual({ one: 'last-resort', two: 'fit' });
    expect(choose(ill, two, wantedWith({ now: start + 10_000 })).verdicts).toMatchObject({ one: 'probe' });
    const probed = fold(ill, { ...started('one'), at: start + 10_000 });
    expect(choose(probed, two, wantedWith({ now: start + 10_000 })).verdicts).toMatchObject({ one: 'open' });
  });

  test('is well again with the first answer, and left alone twice as long after a failed probe', () => {
    const probed = fold(ill, { ...started('one'), at: start + 10_000 });
    const well = fold(probed, { ...answered('one', 10), at: start + 10_010 });
    expect(choose(well, two, wantedWith({ now: start + 10_010 })).verdicts).toMatchObject({ one: 'fit' });
    const worse = fold(probed, { ...failed('one', 'reset'), at: start + 10_000 });
    expect(choose(worse, two, wantedWith({ now: start + 29_999 })).verdicts).toMatchObject({ one: 'last-resort' });
    expect(choose(worse, two, wantedWith({ now: start + 30_000 })).verdicts).toMatchObject({ one: 'probe' });
  });

  test('is tried all the same where nobody else is left, once a second at most', () => {
    expect(choose(ill, one, wantedWith({ now: start + 1_000 }))).toMatchObject({ kind: 'chosen' });
    expect(choose(ill, one, wantedWith({ now: start + 999 }))).toMatchObject({ kind: 'none', retryAt: start + 1_999 });
  });

  test.each(['timeout', 'reset', 'garbage', 'half-stream', 'unavailable'] as const)('%s says so', (kind) => {
    expect(fiveTimes(kind).breaker.openUntil).toBe(start + 10_000);
  });

  test.each(['rate-limited', 'misconfigured', 'refused', 'invalid-request', 'wrong-schema', 'rejected'] as const)(
    '%s does not say so',
    (kind) => {
      expect(fiveTimes(kind).breaker.openUntil).toBeNull();
    },
  );

  test('which asks to be left alone is, for as long as it asks, an hour at most', () => {
    const cooledFor = (retryAfterMs: number) => {
      const limited = {
        ...failed('one', 'rate-limited'),
        fault: { kind: 'rate-limited', detail: '', retryAfterMs },
      } as const;
      return [started('one'), limited].reduce(fold, initialState(['one'])).providers['one']?.coolUntil;
    };
    expect(cooledFor(7_000)).toBe(start + 7_000);
    expect(cooledFor(86_400_000)).toBe(start + 3_600_000);
    const cooling = [started('one'), failed('one', 'rate-limited')].reduce(fold, initialState(['one']));
    expect(choose(cooling, one, wantedWith({ now: start + 9_999 }))).toMatchObject({
      kind: 'none',
      retryAt: start + 10_000,
    });
  });

  test('is shown as it is', () => {
    const offers = two.map(({ offer }) => offer);
    const cooling = [started('two'), failed('two', 'rate-limited')].reduce(fold, ill);
    expect(healthOf(cooling, offers, start)).toMatchObject([
      { name: 'one', is: 'open', until: start + 10_000, inFlight: 0 },
      { name: 'two', is: 'cooling', until: start + 10_000 },
    ]);
    const refusing = Array.from({ length: 4 }, () => [started('two'), failed('two', 'rejected')]).flat();
    expect(healthOf(refusing.reduce(fold, initialState([])), offers, start)).toMatchObject([
      { is: 'well', success: 1 },
      { is: 'ailing', until: null },
    ]);
  });

  function fiveTimes(kind: FaultKind) {
    const facts = Array.from({ length: 5 }, () => [started('one'), failed('one', kind)]).flat();
    const state = facts.reduce(fold, initialState(['one'])).providers['one'];
    if (state === undefined) throw new Error('nothing is known of it');
    return state;
  }
});

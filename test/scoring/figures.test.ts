import { describe, expect, it } from 'vitest';
import { anomaly, type Usual } from '../../src/scoring/anomaly.ts';
import { createMentions } from '../../src/scoring/mentions.ts';
import { amountOf, money, paymentRisk, paymentSize, type UsualAmount } from '../../src/scoring/payments.ts';
import { health, type Health, type HealthSeen } from '../../src/scoring/health.ts';
import { urgency, type Unanswered } from '../../src/scoring/urgency.ts';
import { usageTrend, type Usage } from '../../src/scoring/usage.ts';

const day = 86_400_000;

function anomaliesOf(values: readonly number[]): readonly number[] {
  let state: Usual | null = null;
  return values.map((value) => {
    const scored = anomaly.score({ eventId: 'e', value, unit: 'ms' }, state);
    state = scored.state;
    return scored.figure?.value ?? Number.NaN;
  });
}

const wave = (length: number, level = 100): number[] => Array.from({ length }, (_, i) => level + ((i * 7) % 11) - 5);

describe('anomaly', () => {
  it('says nothing before it has seen thirty samples', () => {
    expect(anomaliesOf([...wave(20), 900]).at(-1)).toBe(0);
  });

  it('finds a jump and a drop, and forgets neither within half an hour of samples', () => {
    const odd = anomaliesOf([...wave(60), ...Array.from({ length: 30 }, () => 400)]).slice(60);
    expect(Math.min(...odd)).toBeGreaterThan(0.5);
    expect(anomaliesOf([...wave(60), 10]).at(-1)).toBeGreaterThan(0.5);
  });

  it('in time takes what stays for usual', () => {
    expect(anomaliesOf([...wave(60), ...wave(3_000, 400)]).at(-1)).toBeLessThan(0.5);
  });

  it('does not alarm where a metric was flat from its start, whatever it was flat at', () => {
    for (const flat of [0, 1, 1e9]) {
      const begun = wave(60, flat + 50);
      expect(Math.max(...anomaliesOf([...Array.from({ length: 50 }, () => flat), ...begun]))).toBeLessThan(0.5);
    }
  });

  it('does not alarm over a daily rhythm', () => {
    const days = Array.from(
      { length: 24 * 14 },
      (_, hour) => 1_000 + 350 * Math.sin((hour / 24) * 2 * Math.PI) + ((hour * 13) % 41),
    );
    expect(Math.max(...anomaliesOf(days))).toBeLessThan(0.5);
  });
});

describe('payments', () => {
  const failed = (attempt: number, last = false) =>
    ({ eventId: 'e', at: 0, amount: 1_200, currency: 'usd', kind: 'failed', attempt, last, reason: null }) as const;

  it('risk grows with attempts and with failures before, and ends with a payment', () => {
    const first = paymentRisk.score(failed(1), null);
    const second = paymentRisk.score(failed(2), first.state);
    const third = paymentRisk.score(failed(3, true), second.state);
    const values = [first, second, third].map(({ figure }) => figure?.value ?? 0);
    expect(values).toEqual(values.toSorted((a, b) => a - b));
    expect(values[0]).toBeCloseTo(0.3);
    expect(values[2]).toBeGreaterThan(0.75);
    expect(paymentRisk.score({ ...failed(1), kind: 'paid' }, third.state)).toMatchObject({
      state: null,
      figure: { value: 0 },
    });
  });

  it('a size is judged by the customer’s own, and an unusual one does not become usual at once', () => {
    let state: UsualAmount = null;
    const sizes = [100, 104, 98, 102, 1_000, 101, 1_000].map((amount) => {
      const scored = paymentSize.score({ eventId: 'e', amount, currency: 'eur' }, state);
      state = scored.state;
      return scored.figure?.value;
    });
    expect(sizes.slice(0, 3)).toEqual([undefined, undefined, undefined]);
    expect(sizes[3]).toBe(0);
    expect(sizes[4]).toBeGreaterThan(0.9);
    expect(sizes[5]).toBe(0);
    expect(sizes[6]).toBeGreaterThan(0.5);
  });

  it('reads cents where a currency has them, and writes sums for people', () => {
    expect([amountOf(123_456, 'usd'), amountOf(4_000, 'jpy')]).toEqual([1_234.56, 4_000]);
    expect([1_234_567.8, 1_234, 12.5].map((amount) => money({ amount, currency: 'usd' }))).toEqual([
      '1,234,568 USD',
      '1,234 USD',
      '12.5 USD',
    ]);
  });
});

describe('urgency', () => {
  const valueOf = (text: string, state: Unanswered = []) =>
    urgency.score({ eventId: 'e', at: day, text }, state).figure?.value ?? 0;

  it('counts a cue once, and not where it is denied', () => {
    expect(valueOf('crash crash crash')).toBe(valueOf('crash'));
    expect(valueOf('There is no outage')).toBeLessThan(valueOf('There is an outage'));
  });

  it('tells a question from an emergency', () => {
    expect(valueOf('How do I rename a template?')).toBeLessThan(0.15);
    expect(valueOf('Production is down for all users, please fix it immediately!')).toBeGreaterThan(0.85);
  });

  it('rises with messages nobody answers, until somebody does', () => {
    const asked: Unanswered = [day - 3_000, day - 2_000, day - 1_000];
    expect(valueOf('Hello, anybody there?', asked)).toBeGreaterThan(valueOf('Hello, anybody there?'));
    expect(urgency.score({ eventId: 'e', at: day, text: undefined }, asked).state).toEqual([]);
  });
});

describe('competitor mentions', () => {
  const score = (text: string, tracked: readonly { name: string; count: number }[] = []) =>
    createMentions(['Rivalsoft']).score({ eventId: 'e', text, tracked }, null).figure;

  it('count known names, trackers and turns of phrase, each name once', () => {
    expect(score('Nothing of the kind')).toBeUndefined();
    expect(score('We saw RIVALSOFT last week')?.value).toBeCloseTo(0.2);
    expect(score('rivalsoft', [{ name: 'Rivalsoft', count: 1 }])?.contributions).toHaveLength(1);
    expect(score('We are evaluating Rivalsoft')?.contributions.map(({ quote }) => quote)).toEqual([
      'Rivalsoft',
      'evaluating Rivalsoft',
    ]);
  });
});

describe('use', () => {
  it('falls when a customer uses less than it did', () => {
    let state: Usage = null;
    const trends = Array.from({ length: 40 }, (_, index) => {
      const scored = usageTrend.score(
        { eventId: 'e', at: index * day, value: index < 30 ? 100 : 30, name: 'users' },
        state,
      );
      state = scored.state;
      return scored.figure?.value;
    });
    expect(trends[0]).toBeUndefined();
    expect(trends[29]).toBeCloseTo(0);
    expect(trends[39]).toBeLessThan(-0.4);
  });
});

describe('customer health', () => {
  function after(...signs: readonly HealthSeen[]): Health {
    return signs.reduce((state, sign) => health.score(sign, state).state, health.initial);
  }
  const sign = (group: 'use' | 'support', value: number, at = day): HealthSeen => ({
    eventId: 'e',
    at,
    quote: 'q',
    group,
    value,
  });
  const cap = (atMost: number | null, at = day): HealthSeen => ({
    eventId: 'e',
    at,
    quote: 'q',
    cap: 'cancelled',
    atMost,
  });

  it('is that of a customer nothing is known of at first, and moves with what is seen', () => {
    expect(health.score(sign('use', 0.85), health.initial).figure?.value).toBeCloseTo(85);
    expect(after(sign('use', 0)).told).toBeLessThan(50);
  });

  it('lets old signs fade: a sign of months ago hardly counts beside none at all', () => {
    const stale = health.score(sign('support', 0.85, 200 * day), after(sign('use', 0, day)));
    expect(stale.figure?.value).toBeGreaterThan(80);
  });

  it('is capped by what overrides the rest, until it is taken back or 45 days old', () => {
    expect(after(sign('use', 1), cap(10)).told).toBe(10);
    expect(after(sign('use', 1), cap(10), cap(null)).told).toBeGreaterThan(80);
    expect(after(cap(10), sign('use', 1, 60 * day)).told).toBeGreaterThan(80);
  });

  it('is told when it moved by a point', () => {
    const state = after(sign('use', 0.9));
    expect(health.score(sign('use', 0.9), state).figure).toBeUndefined();
    expect(health.score(sign('use', 0), state).figure).toBeDefined();
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/core/json.ts';
import { churnExpected } from '../../src/scoring/churn-expected.ts';
import { createChurnRisk, type Churn } from '../../src/scoring/churn.ts';
import { asFeatures, factsMax, featuresOf, signNames, type CustomerSeen } from '../../src/scoring/customer.ts';
import { learn, learnerOf, type Learner } from '../../src/scoring/learning/learner.ts';
import type { Figure, Scorer } from '../../src/scoring/scorer.ts';
import { deepFrozen } from './arbitraries.ts';

const day = 86_400_000;
const start = Date.UTC(2026, 0, 5);

const fact = (fact: string, value: string | number, at = start): CustomerSeen => ({
  eventId: `e-${fact}`,
  at,
  quote: `${fact} ${value}`,
  fact,
  value,
});
const sign = (sign: (typeof signNames)[number], onDay: number, amount = 1): CustomerSeen => ({
  eventId: `e-${sign}-${onDay}`,
  at: start + onDay * day,
  quote: sign,
  sign,
  amount,
});
const every = (days: number, from: number, to: number, name: (typeof signNames)[number]): readonly CustomerSeen[] =>
  Array.from({ length: Math.floor((to - from) / days) }, (_, index) => sign(name, from + index * days));

/** What was told at last, and what is remembered. */
function after(seen: readonly CustomerSeen[], scorer: Scorer<CustomerSeen, Churn> = createChurnRisk()) {
  const figures: Figure[] = [];
  const state = seen.reduce((state, one) => {
    const scored = scorer.score(one, deepFrozen(state));
    if (scored.figure) figures.push(scored.figure);
    return scored.state;
  }, scorer.initial);
  return { state, figures, last: figures.at(-1) };
}

const risk = (seen: readonly CustomerSeen[], scorer?: Scorer<CustomerSeen, Churn>): number =>
  after(seen, scorer).last?.value ?? NaN;

describe('churn risk, as experts expect it', () => {
  const steady = every(1, 0, 120, 'use');

  it('is higher for a customer who may leave any month than for one bound for two years', () => {
    expect(risk([fact('contract', 'month-to-month')])).toBeGreaterThan(risk([fact('contract', 'two years')]) + 0.2);
  });

  it('is higher for a new customer than for one of ten years', () => {
    const since = (years: number) => fact('customer since', start - years * 365 * day);
    expect(risk([since(0.1)])).toBeGreaterThan(risk([since(10)]) + 0.1);
  });

  it('rises when use fades, and with complaints, failed payments and a champion gone', () => {
    const calm = risk(steady);
    const faded = [...steady.slice(0, 90), ...every(6, 90, 121, 'use')];
    expect(risk(faded)).toBeGreaterThan(calm + 0.02);
    for (const name of ['complaints', 'failed payments', 'champions lost'] as const) {
      expect(risk([...steady, sign(name, 119), sign(name, 120)])).toBeGreaterThan(calm);
    }
  });

  it('says why, from the event that said it', () => {
    const { last } = after([fact('contract', 'month-to-month'), sign('complaints', 1)]);
    const reasons = last?.contributions ?? [];
    expect(reasons[0]?.name).toBe('average case');
    expect(reasons.find(({ name }) => name === 'contract: month-to-month')).toMatchObject({
      eventId: 'e-contract',
      quote: 'contract month-to-month',
    });
    expect(reasons.find(({ name }) => name === 'complaints a week')?.eventId).toBe('e-complaints-1');
  });

  it('is told again only when it has moved', () => {
    const { figures } = after(Array.from({ length: 20 }, () => fact('contract', 'two years')));
    expect(figures.length).toBe(1);
  });

  it('is sure of itself by half at most, and the less the less is known', () => {
    const known = after([...steady, ...every(7, 0, 120, 'tickets'), fact('contract', 'two years')]).last;
    expect(known?.confidence).toBeLessThanOrEqual(0.5);
    expect(after([fact('contract', 'two years')]).last?.confidence).toBeLessThan(known?.confidence ?? 0);
  });
});

describe('churn risk with a learner of one’s own', () => {
  const plans = (plan: string) => asFeatures(featuresOf(after([fact('plan', plan)]).state.customer));
  const taught = Array.from({ length: 600 }, (_, index) => index).reduce<Learner>(
    (learner, index) => learn(learner, plans(index % 3 === 0 ? 'old' : 'new'), index % 3 === 0),
    learnerOf(churnExpected),
  );

  it('goes by what happened to others with the same facts, and is surer', () => {
    const scorer = createChurnRisk(taught);
    expect(risk([fact('plan', 'old')], scorer)).toBeGreaterThan(risk([fact('plan', 'new')], scorer) + 0.2);
    const before = after([fact('plan', 'old')]).last?.confidence ?? NaN;
    expect(after([fact('plan', 'old')], scorer).last?.confidence).toBeGreaterThan(before);
  });
});

describe('churn risk, whatever it is shown', () => {
  const at = fc.integer({ min: start, max: start + 900 * day });
  const said = { eventId: fc.constantFrom('e1', 'e2'), at, quote: fc.string({ maxLength: 1_000 }) };
  const seen: fc.Arbitrary<CustomerSeen> = fc.oneof(
    fc.record({ ...said, sign: fc.constantFrom(...signNames), amount: fc.double() }),
    fc.record({
      ...said,
      fact: fc.oneof(fc.constantFrom('contract', 'customer since', 'renewal', '__proto__', 'constructor'), fc.string()),
      value: fc.oneof(fc.string({ maxLength: 500 }), fc.double(), fc.constantFrom('month-to-month', start)),
    }),
  );
  const forAll = (check: (seen: readonly CustomerSeen[]) => void) =>
    fc.assert(fc.property(fc.array(seen, { minLength: 1, maxLength: 50 }), check), { numRuns: 60 });

  it('stays between 0 and 1, and its reasons are few and add up', () => {
    forAll((list) => {
      for (const { value, confidence, contributions } of after(list).figures) {
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(1);
        expect(confidence).toBeGreaterThanOrEqual(0);
        expect(confidence).toBeLessThanOrEqual(1);
        const sum = contributions.reduce((total, { weight, value }) => total + weight * value, 0);
        expect(Math.abs(sum - value)).toBeLessThan(1e-9);
        expect(contributions.length).toBeLessThan(20);
        for (const { eventId } of contributions) expect(eventId).toMatch(/^e\d$/);
      }
    });
  });

  it('goes by what was said last, whatever comes late, and by no number that is none', () => {
    const { state } = after([
      fact('contract', 'two years', start + day),
      fact('contract', 'month-to-month', start),
      fact('customer since', Number.NaN),
    ]);
    expect(state?.customer.facts).toMatchObject({
      contract: [expect.any(String), expect.any(String), start + day, 'two years'],
    });
  });

  it('remembers so many facts of a customer and no more', () => {
    const { state } = after(Array.from({ length: 100 }, (_, index) => fact(`field ${index}`, 'x'.repeat(900))));
    expect(Object.keys(state.customer.facts).length).toBe(factsMax);
    expect(JSON.stringify(state).length).toBeLessThan(20_000);
  });

  it('is the same when it was written down after every step, and does not grow', () => {
    const writtenDown = (state: Json): Churn => JSON.parse(JSON.stringify(state));
    forAll((list) => {
      const scorer = createChurnRisk();
      const written = list.reduce((state, one) => writtenDown(scorer.score(one, state).state), scorer.initial);
      const { state } = after(list);
      expect(JSON.stringify(written)).toBe(JSON.stringify(state));
      expect(Object.keys(state.customer.facts).length).toBeLessThanOrEqual(factsMax);
      expect(JSON.stringify(state).length).toBeLessThan(20_000);
    });
  });
});

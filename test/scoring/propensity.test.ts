import { describe, expect, it } from 'vitest';
import { dealAfter, type Deal, type DealFact } from '../../src/scoring/deal.ts';
import {
  createDealPropensity,
  dealFeatures,
  learnFromDeal,
  noDealLearning,
  type DealLearning,
} from '../../src/scoring/deal-propensity.ts';
import { probabilityOf } from '../../src/scoring/learning/probability.ts';
import { nothingRecent, recentAfter, withRecent, type Recent } from '../../src/scoring/learning/recent.ts';
import { learn, predict, propensityOf, type Propensity } from '../../src/scoring/propensity.ts';
import { ageEffect, stageAgesAfter, stageRate, stagesMax, type StageAges } from '../../src/scoring/stage-age.ts';
import { createRandom } from '../../src/simulate/random.ts';
import { deepFrozen } from './arbitraries.ts';

describe('propensity', () => {
  /** Calls of which a share sells; those to customers who bought before do twice as often. */
  function sell(propensity: Propensity, calls: number, share: number, seed: string): Propensity {
    const random = createRandom(seed);
    return Array.from({ length: calls }).reduce<Propensity>((propensity) => {
      const bought = random.chance(0.3) ? 'yes' : 'no';
      return deepFrozen(learn(propensity, { bought }, random.chance(bought === 'yes' ? 2 * share : share)));
    }, propensity);
  }
  const of = (propensity: Propensity, bought: string) => predict(propensity, { bought }).probability;

  it('learns who buys', () => {
    const taught = sell(propensityOf({ baseRate: 0.1 }), 2_000, 0.1, 'who');
    expect(of(taught, 'yes')).toBeGreaterThan(of(taught, 'no') * 1.4);
    expect(of(taught, 'no')).toBeCloseTo(0.1, 1);
  });

  it('follows a market that turns within a hundred outcomes, and says that it is the last outcomes', () => {
    const before = sell(propensityOf({ baseRate: 0.1 }), 3_000, 0.05, 'calm');
    const since = sell(before, 150, 0.4, 'turned');
    expect(of(since, 'no')).toBeGreaterThan(of(before, 'no') * 3);
    const [first] = predict(since, { bought: 'no' }).contributions.toSorted(
      (a, b) => b.weight * b.value - a.weight * a.value,
    );
    expect(first?.name).toMatch(/outcomes/);
  });

  it('knows how cases went lately, the last ones before the long run, and not by a few alone', () => {
    const run = (won: boolean, count: number, from: Recent = nothingRecent): Recent =>
      Array.from({ length: count }).reduce<Recent>((recent) => recentAfter(recent, won), from);
    const rates = (recent: Recent) => {
      const { 'outcomes of late': late, 'last outcomes': last } = withRecent(recent, {}, 0.1);
      return [probabilityOf(Number(late)), probabilityOf(Number(last))] as const;
    };
    expect(rates(nothingRecent)[0]).toBeCloseTo(0.1);
    expect(rates(run(true, 2))[1]).toBeLessThan(0.35);
    const [late, last] = rates(run(true, 30, run(false, 1_000)));
    expect(late).toBeLessThan(0.12);
    expect(last).toBeGreaterThan(0.3);
    expect(withRecent(nothingRecent, { bought: 'yes' }, 0.1)).toMatchObject({ bought: 'yes' });
  });

  it('goes on from what was written down as from what it was', () => {
    const taught = sell(propensityOf({ baseRate: 0.1 }), 300, 0.2, 'written');
    const written: Propensity = JSON.parse(JSON.stringify(taught));
    expect(sell(written, 100, 0.2, 'on')).toEqual(sell(taught, 100, 0.2, 'on'));
  });
});

const day = 86_400_000;
const start = Date.UTC(2026, 0, 5);
const dealOf = (facts: readonly DealFact[]): Deal => {
  const deal = facts.reduce<Deal | null>(dealAfter, null);
  if (!deal) throw new Error('a deal has facts');
  return deal;
};
const staged = (stage: string): DealFact => ({ eventId: `e-${stage}`, at: start, kind: 'stage', stage });
const scoreOf = (deal: Deal, days = 1, learned?: DealLearning) => {
  const { figure } = createDealPropensity(learned).score({ deal, at: start + days * day, eventId: 'e-now' }, null);
  if (!figure) throw new Error('a deal has a figure');
  return figure;
};

describe('deal propensity before deals have closed', () => {
  it('is about what the stage is worth', () => {
    expect(scoreOf(dealOf([staged('appointmentscheduled')])).value).toBeLessThan(0.35);
    expect(scoreOf(dealOf([staged('contractsent')])).value).toBeGreaterThan(0.75);
  });

  it('says that it is a prior, and is sure by half at most', () => {
    const facts: DealFact[] = [
      staged('contractsent'),
      { eventId: 'e-amount', at: start, kind: 'amount', amount: 9_000 },
      { eventId: 'e-close', at: start, kind: 'closeDate', closeAt: start + 30 * day },
      { eventId: 'e-call', at: start, kind: 'call', tone: 0.4 },
    ];
    const { confidence, contributions } = scoreOf(dealOf(facts));
    expect(confidence).toBe(0.5);
    expect(contributions[0]?.quote).toBe('prior: 0 deals won, 0 lost so far');
  });

  it('falls with each warning, and says from which event it comes', () => {
    const well = dealOf([
      staged('presentationscheduled'),
      { eventId: 'e-amount', at: start, kind: 'amount', amount: 9_000 },
      { eventId: 'e-close', at: start, kind: 'closeDate', closeAt: start + 30 * day },
    ]);
    const { value } = scoreOf(well);
    const warnings: readonly DealFact[] = [
      { eventId: 'e-warn', at: start, kind: 'amount', amount: 4_000 },
      { eventId: 'e-warn', at: start, kind: 'closeDate', closeAt: start + 90 * day },
      { eventId: 'e-warn', at: start, kind: 'call', tone: -0.7 },
    ];
    for (const warning of warnings) {
      const warned = scoreOf(dealAfter(well, warning));
      expect(warned.value).toBeLessThan(value);
      expect(warned.contributions.some(({ eventId }) => eventId === 'e-warn')).toBe(true);
    }
    expect(scoreOf(well, 80).value).toBeLessThan(value);
  });

  it('is certain of a deal that has closed', () => {
    expect(scoreOf(dealOf([staged('closedwon')]))).toMatchObject({ value: 1, confidence: 1 });
    expect(scoreOf(dealOf([staged('closedlost')]))).toMatchObject({ value: 0, confidence: 1 });
  });

  it('is told when it moved, and once when the deal has closed', () => {
    const scorer = createDealPropensity();
    const deal = dealOf([staged('contractsent')]);
    const { state, figure } = scorer.score({ deal, at: start, eventId: 'e-1' }, null);
    expect(state).toBeCloseTo(figure?.value ?? Number.NaN, 3);
    expect(scorer.score({ deal, at: start + day / 24, eventId: 'e-2' }, state)).toEqual({ state, figure: undefined });
    expect(scorer.score({ deal, at: start + 80 * day, eventId: 'e-3' }, state).figure?.value).toBeLessThan(state ?? 0);
    const won = dealOf([staged('closedwon')]);
    expect(scorer.score({ deal: won, at: start + day, eventId: 'e-4' }, 1).figure).toBeUndefined();
  });

  it('has reasons that add up', () => {
    const { value, contributions } = scoreOf(dealOf([staged('qualifiedtobuy')]), 90);
    const sum = contributions.reduce((total, { weight, value }) => total + weight * value, 0);
    expect(sum).toBeCloseTo(value, 9);
  });
});

describe('deal propensity after deals have closed', () => {
  /** Here contracts are sent early and mostly come to nothing; what is won is won within days. */
  const random = createRandom('deals');
  const learned = Array.from({ length: 400 }).reduce<DealLearning>((learned) => {
    const won = random.chance(0.25);
    const days = won ? random.int(1, 6) : random.int(3, 90);
    const deal = dealOf([staged('contractsent')]);
    return learnFromDeal(learned, {
      features: dealFeatures(deal, start + random.int(0, days) * day, learned.ages),
      stays: [{ stage: 'contractsent', days }],
      won,
    });
  }, noDealLearning());
  const deal = dealOf([staged('contractsent')]);

  it('goes by how such deals went, and by how long they stood there', () => {
    expect(scoreOf(deal, 2, learned).value).toBeLessThan(scoreOf(deal, 2).value - 0.1);
    expect(scoreOf(deal, 40, learned).value).toBeLessThan(scoreOf(deal, 2, learned).value - 0.1);
  });

  it('is surer, and says what it has learned from', () => {
    const { confidence, contributions } = scoreOf(deal, 2, learned);
    expect(confidence).toBeGreaterThan(scoreOf(deal, 2).confidence);
    expect(contributions[0]?.quote).toMatch(/^learned: \d+ deals won, \d+ lost so far$/);
  });
});

describe('what stages tell', () => {
  it('is what is expected of them, as long as little is known', () => {
    expect(stageRate({}, 'contractsent', 0.9)).toBe(0.9);
    expect(stageRate(stageAgesAfter({}, [{ stage: 'contractsent', days: 3 }], false), 'contractsent', 0.9)).toBeCloseTo(
      0.6,
    );
    expect(ageEffect({}, 'contractsent', 100)).toBe(0);
  });

  it('warns of a deal that stands longer than those that were won, and only then', () => {
    const closed = Array.from({ length: 60 }, (_, index) => ({ won: index % 2 === 0, days: index % 2 === 0 ? 3 : 60 }));
    const ages = closed.reduce<StageAges>(
      (ages, { won, days }) => stageAgesAfter(ages, [{ stage: 'contractsent', days }], won),
      {},
    );
    expect(ageEffect(ages, 'contractsent', 0.5)).toBeCloseTo(0);
    expect(ageEffect(ages, 'contractsent', 50)).toBeLessThan(-1);
    expect(stageRate(ages, 'contractsent', 0.9)).toBeCloseTo(0.5, 1);
  });

  it('does not grow with the stages that are named', () => {
    const ages = Array.from({ length: 200 }, (_, index) => `stage ${index}`).reduce<StageAges>(
      (ages, stage) => stageAgesAfter(ages, [{ stage, days: 1 }], true),
      {},
    );
    expect(Object.keys(ages).length).toBe(stagesMax);
  });
});

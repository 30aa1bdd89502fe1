import fc from 'fast-check';
import type { Json } from '../../src/core/json.ts';
import { metricAnomaly } from '../../src/scoring/anomaly/metric-anomaly.ts';
import { anomaly } from '../../src/scoring/anomaly.ts';
import { burst } from '../../src/scoring/burst.ts';
import { callTone, type CallTurn } from '../../src/scoring/call-tone.ts';
import { changePoint } from '../../src/scoring/change-point.ts';
import { dealAfter, type Deal, type DealFact } from '../../src/scoring/deal.ts';
import { createDealPropensity } from '../../src/scoring/deal-propensity.ts';
import { dealRisk } from '../../src/scoring/deal-risk.ts';
import { engagementChange } from '../../src/scoring/engagement.ts';
import { health, type HealthCap, type HealthGroup } from '../../src/scoring/health.ts';
import { limitCrossing } from '../../src/scoring/limit-crossing.ts';
import { createMentions } from '../../src/scoring/mentions.ts';
import { newsImpact } from '../../src/scoring/news.ts';
import { paymentRisk, paymentSize } from '../../src/scoring/payments.ts';
import { createRevenueForecast } from '../../src/scoring/revenue-forecast.ts';
import type { Figure, Scorer } from '../../src/scoring/scorer.ts';
import { createUrgency, messageFeatures, urgencyModel } from '../../src/scoring/learned-urgency.ts';
import { marketTone, publicTone, sentiment, supportTone } from '../../src/scoring/sentiment.ts';
import { transaction } from '../../src/scoring/transaction.ts';
import { transactionRisk } from '../../src/scoring/transaction-risk.ts';
import { riskFeatureNames } from '../../src/scoring/transaction/features.ts';
import { urgency } from '../../src/scoring/urgency.ts';
import { trend } from '../../src/scoring/trend.ts';
import { usageTrend } from '../../src/scoring/usage.ts';
import { deepFrozen, textArbitrary } from './arbitraries.ts';

const eventId = fc.constantFrom('e1', 'e2', 'e3');
const at = fc.integer({ min: 1_700_000_000_000, max: 1_800_000_000_000 });
const number = fc.oneof(fc.double({ noNaN: false }), fc.integer({ min: -5, max: 2_000 }));
const longText = fc.string({ maxLength: 5_000 });
const money = {
  eventId,
  at,
  amount: fc.double({ min: 0, max: 1e12, noNaN: true }),
  currency: fc.constantFrom('usd', 'JPY'),
};

const tracked = fc.array(fc.record({ name: fc.string(), count: fc.integer({ min: 0, max: 1_000 }) }), {
  maxLength: 30,
});

const fact: fc.Arbitrary<DealFact> = fc.oneof(
  fc.record({ eventId, at, kind: fc.constantFrom('created' as const, 'activity' as const) }),
  fc.record({
    eventId,
    at,
    kind: fc.constant('stage' as const),
    stage: fc.oneof(
      fc.constantFrom('constructor', 'qualifiedtobuy', 'contractsent', 'closedwon', 'closedlost'),
      longText,
    ),
  }),
  fc.record({
    eventId,
    at,
    kind: fc.constant('amount' as const),
    amount: fc.double({ min: 0, max: 1e9, noNaN: true }),
  }),
  fc.record({ eventId, at, kind: fc.constant('closeDate' as const), closeAt: at }),
  fc.record({ eventId, at, kind: fc.constant('call' as const), tone: fc.double({ min: -1, max: 1, noNaN: true }) }),
);

const deal = fc.array(fact, { minLength: 1, maxLength: 12 }).map((facts) => facts.reduce<Deal | null>(dealAfter, null));

const riskFeatures = fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), {
  minLength: riskFeatureNames.length,
  maxLength: riskFeatureNames.length,
});

const sign = fc.oneof(
  fc.record({
    eventId,
    at,
    quote: longText,
    value: fc.double({ min: -2, max: 2, noNaN: true }),
    group: fc.constantFrom<HealthGroup>('use', 'support', 'sentiment', 'engagement', 'commercial'),
  }),
  fc.record({
    eventId,
    at,
    quote: longText,
    atMost: fc.option(fc.integer({ min: 0, max: 100 })),
    cap: fc.constantFrom<HealthCap>('cancelled', 'notice given', 'payment stopped', 'disputed', 'cancellation planned'),
  }),
);

const news = fc.record({
  eventId,
  at,
  since: at,
  withinMs: fc.constant(3 * 86_400_000),
  told: fc.array(fc.record({ eventId, at, headline: longText }), { minLength: 1, maxLength: 40 }),
});

const fortnight = fc
  .record({
    eventId,
    week: fc.integer({ min: 0, max: 40 }),
    activity: fc.dictionary(fc.string({ maxLength: 40 }), number),
  })
  .map(({ week, ...rest }) => ({ ...rest, start: week * 7, end: week * 7 + 14, first: week * 7 + 1 }));

const fill = fc
  .record({
    eventId,
    quarter: fc.integer({ min: 0, max: 40 }),
    value: fc.oneof(number, fc.double({ min: 40, max: 120, noNaN: true })),
    unit: fc.constantFrom('%', 'GB'),
  })
  .map(({ quarter, ...rest }) => ({ ...rest, start: quarter * 21_600_000, everyMs: 21_600_000, limit: 100 }));

/** How a call went is a function of its turns alone. */
const callSentiment: Scorer<{ turns: readonly CallTurn[] }, null> = {
  name: 'call_tone',
  version: 1,
  range: '−1 … 1',
  initial: null,
  score: ({ turns }) => ({ state: null, figure: callTone(turns, 3_600_000)?.figure }),
};

const turn = fc.record({
  eventId,
  at: fc.integer({ min: 0, max: 3_600_000 }),
  speaker: fc.constantFrom('Ana', 'Ben'),
  by: fc.constantFrom('customer' as const, 'team' as const),
  text: textArbitrary,
});

/** One scorer with what it may be shown, its range, and how large its state may grow. */
interface Entry {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly stateBytesMax: number;
  /** Scores a list one after another; through JSON and back between any two where asked. */
  readonly runs: fc.Arbitrary<(between: (state: Json) => Json) => Ran>;
}

export interface Ran {
  readonly figures: readonly Figure[];
  readonly state: Json;
}

function entry<Seen, S extends Json>(
  scorer: Scorer<Seen, S>,
  seen: fc.Arbitrary<Seen>,
  [min, max]: [number, number],
  stateBytesMax: number,
  name: string = scorer.name,
): Entry {
  const runs = fc.array(seen, { minLength: 1, maxLength: 60 }).map((list) => {
    const frozen = list.map(deepFrozen);
    return (between: (state: Json) => Json): Ran => {
      let state: S = deepFrozen(scorer.initial);
      const figures: Figure[] = [];
      for (const one of frozen) {
        const scored = scorer.score(one, state);
        state = deepFrozen(between(scored.state) as S);
        if (scored.figure) figures.push(deepFrozen(scored.figure));
      }
      return { figures, state };
    };
  });
  return { name, min, max, stateBytesMax, runs };
}

/** Of an organisation that has set some priorities: capitals and questions are what it puts first. */
const taughtUrgency = createUrgency(
  ['IT IS DOWN?', 'thank you', 'WHY?', 'a typo', 'the invoice, again'].reduce((learning, text, index) => {
    const { figure } = urgency.score({ eventId: 'e', at: 0, text }, []);
    if (!figure) return learning;
    return urgencyModel.learn(learning, { ...messageFeatures(text, figure), urgent: index % 2 === 0, told: true });
  }, urgencyModel.initial),
);

export const scorers: readonly Entry[] = [
  entry(sentiment, fc.record({ eventId, text: textArbitrary }), [-1, 1], 4),
  entry(callSentiment, fc.record({ turns: fc.array(turn, { maxLength: 8 }) }), [-1, 1], 4),
  entry(supportTone, fc.record({ eventId, text: textArbitrary }), [-1, 1], 4, 'sentiment of support'),
  entry(marketTone, fc.record({ eventId, text: textArbitrary }), [-1, 1], 4, 'sentiment of markets'),
  entry(publicTone, fc.record({ eventId, text: textArbitrary }), [-1, 1], 4, 'sentiment of the public'),
  entry(urgency, fc.record({ eventId, at, text: fc.option(textArbitrary, { nil: undefined }) }), [0, 1], 200),
  entry(taughtUrgency, fc.record({ eventId, at, text: textArbitrary }), [0, 1], 200, 'learned urgency'),
  entry(createMentions(['Rivalsoft', 'A+B (c)']), fc.record({ eventId, text: textArbitrary, tracked }), [0, 1], 4),
  entry(
    newsImpact,
    fc.record({ eventId, text: textArbitrary, competitor: fc.option(longText, { nil: undefined }) }),
    [0, 1],
    4,
  ),
  entry(anomaly, fc.record({ eventId, value: number, unit: longText }), [0, 1], 400),
  entry(metricAnomaly, fc.record({ eventId, at, value: number, unit: longText }), [0, 1], 1_600),
  entry(
    createRevenueForecast({ period: 'monthly' }),
    fc.record({ eventId, value: fc.integer({ min: 0, max: 1e6 }), unit: fc.constantFrom('usd', 'eur') }),
    [0, 1e9],
    7_000,
  ),
  entry(trend, fc.record({ eventId, at, value: number, unit: fc.constantFrom('ms', '%') }), [-1, 1], 400),
  entry(changePoint, fc.record({ eventId, value: number, unit: fc.constantFrom('ms', '%') }), [-1, 1], 500),
  entry(limitCrossing, fill, [0, 1], 800),
  entry(burst, news, [0, 1], 100),
  entry(engagementChange, fortnight, [-1, 1], 4_000),
  entry(usageTrend, fc.record({ eventId, at, value: number, name: longText }), [-1, 1], 400),
  entry(dealRisk, fc.record({ eventId, at, deal: deal.filter((one) => one !== null) }), [0, 1], 4),
  entry(createDealPropensity(), fc.record({ eventId, at, deal: deal.filter((one) => one !== null) }), [0, 1], 24),
  entry(
    paymentRisk,
    fc.oneof(
      fc.record({ ...money, kind: fc.constant('paid' as const) }),
      fc.record({ ...money, kind: fc.constant('disputed' as const), reason: fc.option(longText) }),
      fc.record({
        ...money,
        kind: fc.constant('failed' as const),
        attempt: fc.integer({ min: -1, max: 99 }),
        last: fc.boolean(),
        reason: fc.option(longText),
      }),
    ),
    [0, 1],
    200,
  ),
  entry(paymentSize, fc.record(money), [0, 1], 200),
  entry(
    transaction,
    fc.record({
      eventId,
      at,
      amount: money.amount,
      counterparty: longText,
      everyone: fc.option(fc.constant({ middle: 60, spread: 30 }), { nil: undefined }),
    }),
    [0, 1],
    3_500,
  ),
  entry(
    transactionRisk,
    fc.record({
      eventId,
      features: riskFeatures,
      examples: fc.array(fc.record({ features: riskFeatures, fraud: fc.boolean() }), { maxLength: 3 }),
    }),
    [0, 1],
    2_500,
  ),
  entry(health, sign, [0, 100], 6_000),
];

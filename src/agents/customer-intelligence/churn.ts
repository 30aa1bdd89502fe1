import type { AgentInsight } from '../../core/agent.ts';
import type { JsonObject } from '../../core/json.ts';
import { numberAt } from '../../core/read.ts';
import { churnExpected } from '../../scoring/churn-expected.ts';
import { learnerOf, predict } from '../../scoring/learning/learner.ts';
import { abstain, found, ranked, type Analysis, type Found } from '../shared/analyst.ts';
import { about, asOf, inLast } from '../shared/sql.ts';
import { confidenceOf, rates, welch } from '../shared/statistics.ts';
import { about as rounded, countOf, moneyOf, nameOf, numberIn, percentOf, textIn } from '../shared/telling.ts';
import { worthOf } from '../shared/worth.ts';

/** From here on leaving is likelier than staying. */
const likely = 0.5;
/** A risk learned from the organisation's own outcomes goes before what is expected in general; such a score is surer than a half. */
const taughtFrom = 0.5;
/** Who gave notice may still be kept, now and then. */
const noticeGiven = 0.9;

const [lately, before] = [28, 84];
/** Of whom less is known there is nothing usual. */
const daysMin = 21;
const isUse = `type = 'metrics.sample' AND match(lower(JSONExtractString(data, 'name')), 'active.?users')`;
const isLate = inLast(lately);
const isEarly = inLast(before, lately);
const isFortnight = inLast(14);
const isUsual = inLast(lately + before - 14, 14);
const amount = `JSONExtractFloat(data, 'value')`;
const quantity = `toInt64(JSONExtractInt(JSONExtractArrayRaw(data, 'data', 'object', 'items', 'data')[1], 'quantity'))`;
const isSubscription = `type = 'stripe.customer.subscription.updated'`;

const signs = `
  SELECT entity, count() AS events, dateDiff('day', min(time), ${asOf}) AS known,
    countIf(${isUse} AND ${isFortnight}) AS usesNow, round(avgIf(${amount}, ${isUse} AND ${isFortnight}), 4) AS useNow,
    round(varSampIf(${amount}, ${isUse} AND ${isFortnight}), 4) AS useNowVariance,
    countIf(${isUse} AND ${isUsual}) AS usesBefore, round(avgIf(${amount}, ${isUse} AND ${isUsual}), 4) AS useBefore,
    round(varSampIf(${amount}, ${isUse} AND ${isUsual}), 4) AS useBeforeVariance,
    countIf(type = 'stripe.invoice.payment_failed' AND ${isLate}) AS failed,
    countIf(type = 'stripe.invoice.payment_failed' AND ${isEarly}) AS failedBefore,
    countIf(type = 'intercom.conversation.user.created' AND ${isLate}) AS tickets,
    countIf(type = 'intercom.conversation.user.created' AND ${isEarly}) AS ticketsBefore,
    sumIf(greatest(toInt64(JSONExtractInt(data, 'data', 'previous_attributes', 'quantity')) - ${quantity}, 0),
      ${isSubscription} AND ${isLate}) AS seatsRemoved,
    argMaxIf(JSONExtractBool(data, 'data', 'object', 'cancel_at_period_end'), (time, id), ${isSubscription}) AS notice,
    countIf(type = 'stripe.customer.subscription.deleted') AS left
  FROM events WHERE ${about('account')} AND ${inLast(lately + before)}
  GROUP BY entity ORDER BY entity`;

/** What was scored: how likely it leaves, and texts with a bad tone. */
const scored = `
  SELECT entity, round(argMaxIf(toNullable(value), (time, ordinal), name = 'churn_risk'), 4) AS risk,
    round(argMaxIf(toNullable(confidence), (time, ordinal), name = 'churn_risk'), 4) AS sure,
    countIf(name != 'churn_risk' AND value <= -0.4) AS complaints
  FROM scores
  WHERE name IN ('churn_risk', 'conversation_sentiment', 'call_sentiment') AND ${about('account')} AND ${isLate}
  GROUP BY entity ORDER BY entity`;

/** Who is likely to leave: by the learned risk where there is one, else by what is expected of customers with such signs. */
export async function churn(analysis: Analysis): Promise<Found> {
  const [seen, said] = [await analysis.ask(signs), await analysis.ask(scored)];
  const scores = new Map(said.rows.map((row) => [textIn(row, 'entity'), row]));
  const cases = seen.rows
    .filter((row) => numberIn(row, 'left') === 0 && hasEnough(row))
    .map((row) => caseOf(row, scores.get(textIn(row, 'entity')) ?? {}));
  if (cases.length === 0) {
    return abstain(
      'no customer with three weeks of use (metrics named active users) or other signs: too little to compare with',
    );
  }
  const worth = await worthOf(analysis);
  const leaving = cases.filter(({ probability }) => probability >= likely);
  const insights = leaving.map(({ entity, probability, reasons, confidence, scoreCounts }): AgentInsight => {
    const { yearly, currency, evidence } = worth(entity);
    const why = reasons.map(({ text }) => text).join(', ');
    return {
      kind: 'risk',
      entity,
      title: `${nameOf(entity)} is likely to leave: ${percentOf(probability)}`,
      detail: `${why === '' ? 'By what it did lately' : `Signs: ${why}`}. ${currency === null ? 'Nothing was paid lately.' : `${moneyOf(yearly, currency)} a year are at stake.`}`,
      evidence: [
        seen.evidence(why === '' ? 'no sign stands out' : why),
        ...(scoreCounts ? [said.evidence(`the scores of ${nameOf(entity)}`)] : []),
        ...evidence,
      ],
      effect: { name: 'probability of leaving', value: Math.round(probability * 1_000) / 1_000, unit: 'share' },
      confidence,
      action: {
        text: `Ask ${nameOf(entity)} why ${reasons[0]?.ask ?? 'it does less'}, and offer a plan with dates`,
        expectedValue: currency === null ? null : Math.round(yearly * probability),
        currency,
      },
    };
  });
  return found(ranked(insights), { 'leaving accounts': leaving.map(({ entity }) => entity) });
}

/** Use to compare, or a notice, which needs none. */
const hasEnough = (row: JsonObject): boolean =>
  (numberIn(row, 'usesBefore') >= 6 && numberIn(row, 'known') >= daysMin) || numberIn(row, 'notice') === 1;

interface Reason {
  readonly text: string;
  readonly ask: string;
  readonly confidence: number;
}

function caseOf(row: JsonObject, score: JsonObject) {
  const reasons = reasonsOf(row, score);
  const notice = numberIn(row, 'notice') === 1;
  const [risk, sure] = [numberAt(score, 'risk'), numberAt(score, 'sure') ?? 0];
  const learned = risk !== undefined && sure > taughtFrom;
  const expected = learned ? risk : predict(learnerOf(churnExpected), featuresOf(row, score)).probability;
  const strongest = Math.max(0.5, ...reasons.map(({ confidence }) => confidence));
  return {
    entity: textIn(row, 'entity'),
    probability: notice ? Math.max(expected, noticeGiven) : expected,
    reasons,
    confidence: learned && !notice ? sure : strongest,
    scoreCounts: learned || (numberAt(score, 'complaints') ?? 0) > 0,
  };
}

/** As the model of churn names and scales them. */
function featuresOf(row: JsonObject, score: JsonObject) {
  const useNow = numberAt(row, 'useNow') ?? 0;
  const useBefore = numberAt(row, 'useBefore') ?? 0;
  const weekly = (column: string) => Math.log1p(numberIn(row, column) / (lately / 7));
  const change = (now: number, usual: number) => Math.max(Math.min((now + 1) / (usual + 1) - 1, 3), -1);
  return {
    ...(useBefore > 0 && { 'use, change': Math.max(Math.min(useNow / useBefore - 1, 3), -1) }),
    'tickets a week': weekly('tickets'),
    'tickets, change': change(numberIn(row, 'tickets'), (numberIn(row, 'ticketsBefore') * lately) / before),
    'complaints a week': Math.log1p((numberAt(score, 'complaints') ?? 0) / (lately / 7)),
    'failed payments a week': weekly('failed'),
    'seats removed a week': weekly('seatsRemoved'),
  };
}

function reasonsOf(row: JsonObject, score: JsonObject): readonly Reason[] {
  const number = (column: string) => numberAt(row, column) ?? 0;
  const use = welch(
    { n: number('usesNow'), mean: number('useNow'), variance: number('useNowVariance') },
    { n: number('usesBefore'), mean: number('useBefore'), variance: number('useBeforeVariance') },
  );
  const stopped = number('usesNow') === 0 && number('usesBefore') > 0;
  const failed = rates(number('failed'), lately, number('failedBefore'), before);
  const complaints = numberAt(score, 'complaints') ?? 0;
  return [
    ...(number('notice') === 1
      ? [{ text: 'it has cancelled with the period', ask: 'it leaves', confidence: 0.95 }]
      : []),
    ...(use.z < -2 || stopped
      ? [
          {
            text: `use ${rounded(number('useNow'))}, before ${rounded(number('useBefore'))}`,
            ask: 'it uses less',
            confidence: stopped ? confidenceOf({ z: 3, n: number('usesBefore') }) : confidenceOf(use),
          },
        ]
      : []),
    ...(number('failed') > 0 && failed.z > 0
      ? [{ text: countOf(number('failed'), 'failed payment'), ask: 'payments fail', confidence: confidenceOf(failed) }]
      : []),
    ...(complaints > 0
      ? [
          {
            text: countOf(complaints, 'complaint'),
            ask: 'it complains',
            confidence: confidenceOf({ z: 1, n: complaints }),
          },
        ]
      : []),
    ...(number('seatsRemoved') > 0
      ? [
          {
            text: `${countOf(number('seatsRemoved'), 'seat')} given back`,
            ask: 'it needs fewer seats',
            confidence: 0.7,
          },
        ]
      : []),
  ];
}

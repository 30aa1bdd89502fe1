import type { AgentInsight } from '../../core/agent.ts';
import type { JsonObject } from '../../core/json.ts';
import { numberAt } from '../../core/read.ts';
import type { Rows } from '../../orchestration/agent.ts';
import { abstain, found, ranked, type Analysis, type Found } from '../shared/analyst.ts';
import { asOf, inLast } from '../shared/sql.ts';
import { chanceOf, confidenceOf, discoveries, student, type Difference } from '../shared/statistics.ts';
import { moneyOf, numberIn, percentOf, textIn } from '../shared/telling.ts';
import { costs } from './ledger.ts';

/** The last three whole months against the nine before. */
const [lately, before] = [3, 9];
const monthsMin = 6;
/** Growth of less is let be. */
const shareMin = 0.15;
/** Days of work that talking to a supplier takes, and what a day costs: set by hand. */
const [effortDays, dayCosts] = [2, 500];
/** The same bill within so many days was paid twice; suppliers who bill the same often are left out. */
const [twiceDays, sameMax] = [5, 3];

const byVendor = `
  SELECT vendor, currency, countIf(ago <= ${lately}) AS lateMonths, round(avgIf(total, ago <= ${lately}), 2) AS late,
    round(varSampIf(total, ago <= ${lately}), 4) AS lateVariance, countIf(ago > ${lately}) AS earlyMonths,
    round(avgIf(total, ago > ${lately}), 2) AS early, round(varSampIf(total, ago > ${lately}), 4) AS earlyVariance
  FROM (
    SELECT vendor, currency, dateDiff('month', time, toStartOfMonth(${asOf})) AS ago, sum(amount) AS total FROM ${costs}
    WHERE vendor != '' AND time < toStartOfMonth(${asOf}) AND time >= toStartOfMonth(${asOf}) - INTERVAL ${lately + before} MONTH
    GROUP BY vendor, currency, ago
  )
  GROUP BY vendor, currency ORDER BY vendor, currency`;

const twice = `
  SELECT vendor, currency, amount, min(gap) AS days, max(time) AS at FROM (
    SELECT vendor, currency, amount, time, count() OVER (PARTITION BY vendor, currency, amount) AS same,
      round(dateDiff('hour', lagInFrame(toNullable(time)) OVER (PARTITION BY vendor, currency, amount ORDER BY time, id
        ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), time) / 24, 1) AS gap
    FROM ${costs} WHERE vendor != '' AND amount > 0 AND ${inLast(180)}
  )
  WHERE gap IS NOT NULL AND gap <= ${twiceDays} AND same <= ${sameMax}
  GROUP BY vendor, currency, amount ORDER BY vendor, currency, amount`;

interface Dearer {
  readonly vendor: string;
  readonly currency: string;
  readonly late: number;
  readonly early: number;
  readonly difference: Difference;
}

/** Suppliers whose bills have grown for good, and bills that were paid twice. */
export async function savings({ ask, task }: Analysis): Promise<Found> {
  const [vendors, doubles] = [await ask(byVendor), await ask(twice)];
  const known = vendors.rows.filter(
    (row) => numberIn(row, 'lateMonths') >= 2 && numberIn(row, 'earlyMonths') >= monthsMin,
  );
  if (known.length === 0) {
    return abstain(
      `no supplier with ${monthsMin + lately} months of bills (events of type finance.cost with amount, currency, vendor)`,
    );
  }
  const dearer = discoveries(known.map(dearerOf), ({ difference }) => chanceOf(difference.z)).filter(
    ({ late, early, difference }) => difference.z > 0 && late > early * (1 + shareMin),
  );
  const insights = [
    ...dearer.map((one) => toldDearer(one, vendors, task.org)),
    ...doubles.rows.map((row) => toldTwice(row, doubles, task.org)),
  ];
  return found(ranked(insights), {
    'dearer suppliers': dearer.map(({ vendor }) => vendor),
    'paid twice': doubles.rows.map((row) => textIn(row, 'vendor')),
  });
}

function dearerOf(row: JsonObject): Dearer {
  const sample = (name: string) => ({
    n: numberIn(row, `${name}Months`),
    mean: numberIn(row, name),
    variance: numberAt(row, `${name}Variance`) ?? 0,
  });
  const [late, early] = [sample('late'), sample('early')];
  // A price that never moved is known to a hundredth.
  const least = (early.mean / 100) ** 2;
  const varied = ({ variance, ...sample }: typeof late) => ({ ...sample, variance: Math.max(variance, least) });
  const difference = student(varied(late), varied(early));
  return {
    vendor: textIn(row, 'vendor'),
    currency: textIn(row, 'currency'),
    late: late.mean,
    early: early.mean,
    difference,
  };
}

function toldDearer({ vendor, currency, late, early, difference }: Dearer, vendors: Rows, org: string): AgentInsight {
  const [saving, effort] = [Math.round((late - early) * 12), effortDays * dayCosts];
  const figure = `${vendor} costs ${moneyOf(late, currency)} a month, ${moneyOf(early, currency)} in the nine months before`;
  return {
    kind: 'optimisation',
    entity: `org:${org}`,
    title: `${vendor} has become dearer by ${percentOf(late / early - 1)}`,
    detail: `${figure}. Back at the old price ${moneyOf(saving, currency)} a year are saved for about ${effortDays} days of work: ${(saving / effort).toFixed(1)} times what it takes.`,
    evidence: [vendors.evidence(figure)],
    effect: { name: 'growth of costs', value: Math.round((late / early - 1) * 1_000) / 1_000, unit: 'share' },
    confidence: confidenceOf(difference),
    action: { text: `Ask ${vendor} for the old terms, or for offers elsewhere`, expectedValue: saving, currency },
  };
}

function toldTwice(row: JsonObject, doubles: Rows, org: string): AgentInsight {
  const [vendor, currency, amount] = [textIn(row, 'vendor'), textIn(row, 'currency'), numberIn(row, 'amount')];
  const figure = `${moneyOf(amount, currency)} to ${vendor} twice within ${numberIn(row, 'days')} days`;
  return {
    kind: 'optimisation',
    entity: `org:${org}`,
    title: `${vendor} may have been paid twice: ${moneyOf(amount, currency)}`,
    detail: `${figure}, an amount that is seldom paid to it.`,
    evidence: [doubles.evidence(figure)],
    effect: { name: 'paid too much', value: amount, unit: currency },
    // Not every second bill of one amount is a mistake.
    confidence: 0.7,
    action: {
      text: `Compare both bills of ${vendor}, and ask the second back`,
      expectedValue: Math.round(amount),
      currency,
    },
  };
}

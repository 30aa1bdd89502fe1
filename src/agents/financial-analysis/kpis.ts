import type { AgentInsight } from '../../core/agent.ts';
import type { JsonObject } from '../../core/json.ts';
import { listAt, numberAt } from '../../core/read.ts';
import { abstain, found, ranked, type Analysis, type Found } from '../shared/analyst.ts';
import { asOf, smallestIn } from '../shared/sql.ts';
import { confidenceOf } from '../shared/statistics.ts';
import { about, moneyOf, numberIn, textIn } from '../shared/telling.ts';
import { customerMoney } from './customer-money.ts';

const months = 25;
const monthsMin = 9;
/** A step of fewer deviations comes by chance now and then, with five figures a month. */
const deviationsMin = 3.5;

/** The currency of most payments. */
const mainCurrency = `
  SELECT argMax(money, (payments, money)) FROM (
    SELECT upper(JSONExtractString(data, 'data', 'object', 'currency')) AS money, count() AS payments FROM events
    WHERE type IN ('stripe.invoice.paid', 'stripe.charge.succeeded') AND time < toStartOfMonth(${asOf}) GROUP BY money
  )`;

/** By month: what came in, from how many customers, what went back, and how many payments failed. */
const byMonth = `
  SELECT toInt64(dateDiff('month', time, toStartOfMonth(${asOf}))) AS ago, max(money) AS unit,
    round(sumIf(amount, amount > 0), 2) AS revenue, uniqExactIf(entity, amount > 0) AS customers,
    round(revenue / greatest(customers, 1), 2) AS perCustomer, round(-sumIf(amount, amount < 0) / greatest(revenue, 1), 6) AS refunds,
    round(countIf(failed) / count(), 6) AS failures, count() AS attempts
  FROM (
    SELECT entity, time, type = 'stripe.invoice.payment_failed' AS failed,
      upper(JSONExtractString(data, 'data', 'object', 'currency')) AS money,
      round(multiIf(
        type = 'stripe.invoice.paid', JSONExtractInt(data, 'data', 'object', 'amount_paid'),
        type = 'stripe.charge.succeeded', if(JSONExtractString(data, 'data', 'object', 'invoice') = '', JSONExtractInt(data, 'data', 'object', 'amount'), 0),
        type = 'stripe.charge.refunded', JSONExtractInt(data, 'data', 'previous_attributes', 'amount_refunded')
          - JSONExtractInt(data, 'data', 'object', 'amount_refunded'), 0
      ) / ${smallestIn('money')}, 2) AS amount
    FROM events
    WHERE type IN ('stripe.invoice.paid', 'stripe.charge.succeeded', 'stripe.charge.refunded', 'stripe.invoice.payment_failed')
  )
  WHERE time < toStartOfMonth(${asOf}) AND time >= toStartOfMonth(${asOf}) - INTERVAL ${months} MONTH
    AND money = (${mainCurrency})
  GROUP BY ago ORDER BY ago DESC`;

/**
 * How far each figure's last step lies outside of Tukey's fences around its steps before: growth by month (in logarithms) of sums and
 * counts, the level of shares, on Anscombe's scale, on which they spread alike. 0: on its course.
 */
const offCourse = `
  SELECT name, arrayElement(seriesOutliersDetectTukey(steps), -1) AS off, steps FROM (
    SELECT
      arrayMap(s -> arrayMap(x -> round(x, 6), s), [
        arrayPopFront(arrayDifference(arrayMap(x -> log(greatest(x, 1)), groupArray(revenue)))),
        arrayPopFront(arrayDifference(arrayMap(x -> log(greatest(x, 1)), groupArray(customers)))),
        arrayPopFront(arrayDifference(arrayMap(x -> log(greatest(x, 1)), groupArray(perCustomer)))),
        arrayMap(x -> asin(sqrt(greatest(least(x, 1), 0))), groupArray(refunds)),
        arrayMap((x, n) -> asin(sqrt((x * n + 3 / 8) / (n + 3 / 4))), groupArray(failures), groupArray(attempts))]) AS all
    FROM (${byMonth})
  )
  ARRAY JOIN all AS steps, ['revenue', 'customers', 'revenue per customer', 'refunds', 'failed payments'] AS name`;

/** Which way is good, and how much a step has to be for anybody to care. */
const figures: Readonly<Record<string, { readonly good: 1 | -1; readonly column: string; readonly least: number }>> = {
  revenue: { good: 1, column: 'revenue', least: 0.1 },
  customers: { good: 1, column: 'customers', least: 0.1 },
  'revenue per customer': { good: 1, column: 'perCustomer', least: 0.1 },
  refunds: { good: -1, column: 'refunds', least: 0.05 },
  'failed payments': { good: -1, column: 'failures', least: 0.05 },
};

/** Figures of the last whole month that left their course, by the outlier detection of ClickHouse; and what is unusual about a customer's. */
export async function kpis(analysis: Analysis): Promise<Found> {
  const { ask, task } = analysis;
  const customers = await customerMoney(analysis);
  const monthly = await ask(byMonth);
  if (monthly.rows.length < monthsMin) {
    if (customers.length > 0) return found(customers);
    return abstain(`${monthly.rows.length} whole months of payments: a course needs ${monthsMin}`);
  }
  const judged = await ask(offCourse);
  const [before = {}, last = {}] = monthly.rows.slice(-2);
  const currency = textIn(last, 'unit');
  const told = judged.rows.flatMap((row) => stepOf(row));
  const insights = told.map(({ name, step, usual, z, n }): AgentInsight => {
    const figure = figures[name];
    const [now, then] = [numberIn(last, figure?.column ?? ''), numberIn(before, figure?.column ?? '')];
    const isShare = name === 'refunds' || name === 'failed payments';
    const change = isShare ? now - Math.sin(usual) ** 2 : Math.expm1(step);
    const text = isShare
      ? `${(now * 100).toFixed(1)} %, usually ${(Math.sin(usual) ** 2 * 100).toFixed(1)} %`
      : `${about(now)}, the month before ${about(then)}`;
    const better = Math.sign(step - usual) === figure?.good;
    const missed = numberIn(last, 'revenue') * (isShare ? change : 1 - Math.exp(usual - step));
    const worth = name === 'customers' || name === 'failed payments' ? null : Math.round(Math.abs(missed));
    return {
      kind: better ? 'opportunity' : 'risk',
      entity: `org:${task.org}`,
      title: `${name[0]?.toUpperCase()}${name.slice(1)} left their course last month: ${text}`,
      detail: `Over ${n} months before, such a step did not come.${worth === null ? '' : ` It is ${moneyOf(worth, currency)} in the month.`}`,
      evidence: [
        monthly.evidence(text),
        judged.evidence(`${name} ${Math.abs(numberAt(z) ?? 0).toFixed(1)} deviations off`),
      ],
      effect: {
        name: isShare ? 'change of the share' : 'growth in the month',
        value: Math.round(change * 10_000) / 10_000,
        unit: 'share',
      },
      confidence: confidenceOf({ z, n }),
      action: {
        text: better
          ? `Find out what made ${name} better, and do more of it`
          : `Find out this week what happened to ${name}, by customer`,
        expectedValue: worth,
        currency: worth === null ? null : currency,
      },
    };
  });
  return found([...customers, ...ranked(insights)], {
    'figures off course': told.map(({ name }) => name),
    months: monthly.rows.slice(-12),
  });
}

function stepOf(row: JsonObject) {
  const name = textIn(row, 'name');
  const figure = figures[name];
  const steps = listAt(row, 'steps').flatMap((value) => numberAt(value) ?? []);
  const [step, earlier] = [steps.at(-1) ?? 0, steps.slice(0, -1).toSorted((a, b) => a - b)];
  const usual = earlier[earlier.length >> 1] ?? 0;
  const deviations = earlier.map((value) => Math.abs(value - usual)).toSorted((a, b) => a - b);
  // The median deviation as a standard one; never less than a hundredth, below which nobody could tell.
  const spread = Math.max(1.4826 * (deviations[deviations.length >> 1] ?? 0), 0.01);
  const z = Math.max(Math.min((step - usual) / spread, 20), -20);
  const matters = figure !== undefined && Math.abs(step - usual) >= figure.least && Math.abs(z) >= deviationsMin;
  return numberIn(row, 'off') !== 0 && matters ? [{ name, step, usual, z, n: earlier.length }] : [];
}

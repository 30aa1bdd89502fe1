import type { AgentInsight } from '../../core/agent.ts';
import { openStages, winProbability } from '../../scoring/deal.ts';
import { forecast as forecastOf } from '../../scoring/forecast.ts';
import { mannKendall } from '../../scoring/trend/mann-kendall.ts';
import { abstain, found, type Analysis, type Found } from '../shared/analyst.ts';
import { asOf, named } from '../shared/sql.ts';
import { revenueOf } from '../shared/revenue.ts';
import { confidenceOf, usualLevel } from '../shared/statistics.ts';
import { moneyOf, numberIn, percentOf } from '../shared/telling.ts';
import { deals } from './deals.ts';

/** Fewer whole months give no range worth its name. */
const monthsMin = 6;
const horizon = 3;
const pastMonths = 12;
const level = 0.8;

/** Deals that should close within the horizon, weighed by the chance of their stage (HubSpot's own). */
const open = `
  SELECT count() AS deals, round(sum(amount), 2) AS total, round(sum(amount * transform(stage,
    [${openStages.map((stage) => `'${stage}'`).join(', ')}],
    [${openStages.map((stage) => winProbability.get(stage)).join(', ')}], 0.4)), 2) AS weighted
  FROM ${deals} WHERE NOT closed AND stage != '' AND openedAt > ${asOf} - INTERVAL 1 YEAR AND ${named}`;

/** The next three months' revenue from that of the months before, each with its range; beside it what is open in the CRM. */
export async function forecast(analysis: Analysis): Promise<Found> {
  const revenue = await revenueOf(analysis);
  if (!revenue || revenue.months.length < monthsMin) {
    return abstain(`${revenue?.months.length ?? 0} whole months of payments: a range needs ${monthsMin}`);
  }
  const { months, currency, asked } = revenue;
  const ahead = forecastOf(months, { period: 'monthly', horizon, atLeast: 0 });
  const trend = mannKendall(months.slice(-12));
  if (!ahead || !trend) return abstain('the months of payments say nothing of the next');
  const ranges = ahead.intervals(level);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const [expected, last] = [sum(ahead.points), sum(months.slice(-horizon))];
  const [lower, upper] = [sum(ranges.map(([low]) => low)), sum(ranges.map(([, high]) => high))];
  const direction = trend.p >= usualLevel ? 'steady' : trend.z > 0 ? 'grows' : 'falls';
  const pipeline = await analysis.ask(open);
  const [row = {}] = pipeline.rows;
  const change = last > 0 ? expected / last - 1 : 0;
  const range = `${moneyOf(lower, currency)} to ${moneyOf(upper, currency)}`;
  const insight: AgentInsight = {
    kind: direction === 'falls' || (direction === 'steady' && change < 0) ? 'risk' : 'opportunity',
    entity: analysis.task.entity ?? `org:${analysis.task.org}`,
    title: `Revenue of the next three months: ${moneyOf(expected, currency)}, ${direction === 'steady' ? 'as before' : `it ${direction}`}`,
    detail: `With ${percentOf(level)} it lies between ${range}; the last three months brought ${moneyOf(last, currency)}. Open deals are worth ${moneyOf(numberIn(row, 'weighted'), currency)} by their stages, new customers' revenue not counted in the forecast.`,
    evidence: [
      asked.evidence(`${months.length} months, the last ${moneyOf(months.at(-1) ?? 0, currency)}`),
      pipeline.evidence(`${numberIn(row, 'deals')} open deals`),
    ],
    effect: { name: 'change to the last three months', value: Math.round(change * 1_000) / 1_000, unit: 'share' },
    confidence: confidenceOf({ z: trend.z, n: months.length }),
    action: {
      text:
        direction === 'falls'
          ? 'Look for the customers who pay less, and correct the plan'
          : 'Plan with the lower end of the range',
      expectedValue: Math.round(expected - last),
      currency,
    },
  };
  return found([insight], {
    months: ahead.points.map((point, step) => ({
      month: monthFrom(analysis.task.asOf, step),
      currency,
      expected: point,
      lower: ranges[step]?.[0] ?? 0,
      upper: ranges[step]?.[1] ?? 0,
    })),
    // What came of earlier forecasts is judged by them.
    'past months': months.slice(-pastMonths).map((paid, index, all) => ({
      month: monthFrom(analysis.task.asOf, index - all.length),
      currency,
      paid,
    })),
    direction,
  });
}

/** `2026-07`: so many months after the one of a time. */
function monthFrom(time: string, months: number): string {
  const at = new Date(time);
  return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + months)).toISOString().slice(0, 7);
}

import type { AgentInsight } from '../../core/agent.ts';
import { numberAt } from '../../core/read.ts';
import { forecast } from '../../scoring/forecast.ts';
import { abstain, found, type Analysis, type Found } from '../shared/analyst.ts';
import { asOf, payments } from '../shared/sql.ts';
import { confidenceOf } from '../shared/statistics.ts';
import { moneyOf, nameOf, percentOf, textIn } from '../shared/telling.ts';
import { ledgerOf, sumOf, totalOf } from './ledger.ts';

const monthsMin = 8;
const horizon = 6;
const level = 0.8;
/** Above it, one customer's leaving is a scenario of its own. */
const largestMin = 0.2;

const largest = `
  SELECT entity, currency, round(sum(amount), 2) AS paid, round(paid / sum(paid) OVER (PARTITION BY currency), 4) AS part
  FROM ${payments} WHERE time < toStartOfMonth(${asOf}) AND time >= toStartOfMonth(${asOf}) - INTERVAL 6 MONTH
  GROUP BY entity, currency HAVING paid > 0 ORDER BY paid DESC, entity LIMIT 50`;

/** What is left of revenue after costs in the next six months, each with its 80 % range, and what it would be without the largest customer. */
export async function scenarios(analysis: Analysis): Promise<Found> {
  const ledger = await ledgerOf(analysis);
  if (!ledger || ledger.costs.size === 0 || ledger.revenue.length < monthsMin) {
    return abstain(`fewer than ${monthsMin} whole months with both payments and costs (events of type finance.cost)`);
  }
  const { currency, asked } = ledger;
  const result = ledger.revenue.map((earned, month) => earned - (totalOf(ledger)[month] ?? 0));
  const [ahead, earning] = [result, ledger.revenue].map((values) => forecast(values, { period: 'monthly', horizon }));
  if (!ahead || !earning) return abstain('the months say nothing of the next');
  const customers = await analysis.ask(largest);
  const top = customers.rows.find((row) => textIn(row, 'currency') === currency) ?? {};
  const part = Math.min(numberAt(top, 'part') ?? 0, 1);
  const ranges = ahead.intervals(level);
  const [expected, low, high] = [ahead.points, ranges.map(([lower]) => lower), ranges.map(([, upper]) => upper)];
  const without = ahead.points.map((point, step) => point - part * (earning.points[step] ?? 0));
  const losses = [
    ...(sumOf(expected) < 0 ? ['expected'] : []),
    ...(part >= largestMin && sumOf(expected) >= 0 && sumOf(without) < 0 ? ['without the largest customer'] : []),
  ];
  const monthlyMean = sumOf(expected) / horizon;
  const spread = sumOf(ranges.map(([lower, upper]) => upper - lower)) / horizon / (2 * 1.2816);
  const surely = confidenceOf({ z: monthlyMean / Math.max(spread, 1), n: result.length });
  const range = `${moneyOf(sumOf(low), currency)} to ${moneyOf(sumOf(high), currency)}`;
  const asExpected: AgentInsight = {
    kind: sumOf(expected) < 0 ? 'risk' : 'opportunity',
    entity: `org:${analysis.task.org}`,
    title: `Revenue less costs of the next six months: ${moneyOf(sumOf(expected), currency)}`,
    detail: `With ${percentOf(level)} each month lies in its range, in all ${range}; the last six months left ${moneyOf(sumOf(result.slice(-horizon)), currency)}.`,
    evidence: [asked.evidence(`the last whole month left ${moneyOf(result.at(-1) ?? 0, currency)}`)],
    effect: { name: 'expected a month', value: Math.round(monthlyMean), unit: currency },
    confidence: surely,
    action: {
      text: sumOf(expected) < 0 ? 'Cut costs or find money before it runs out' : 'Plan with the lower end of the range',
      expectedValue: Math.round(sumOf(expected)),
      currency,
    },
  };
  const lost = Math.round(part * sumOf(earning.points));
  const alone: AgentInsight = {
    ...asExpected,
    kind: 'risk',
    entity: textIn(top, 'entity'),
    title: `${nameOf(textIn(top, 'entity'))} pays ${percentOf(part)} of all revenue`,
    detail: `Without it the next six months would leave ${moneyOf(sumOf(without), currency)} in place of ${moneyOf(sumOf(expected), currency)}.`,
    evidence: [customers.evidence(`${percentOf(part)} of what was paid in six months`), ...asExpected.evidence],
    effect: { name: 'part of revenue', value: part, unit: 'share' },
    // That it pays as much is counted, not guessed.
    confidence: 0.95,
    action: { text: `Agree on a longer term with ${nameOf(textIn(top, 'entity'))}`, expectedValue: lost, currency },
  };
  return found([asExpected, ...(part >= largestMin ? [alone] : [])], {
    scenarios: { expected, low, high, withoutLargest: without, currency },
    losses,
  });
}

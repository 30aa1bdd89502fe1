import type { AgentInsight } from '../../core/agent.ts';
import { mannKendall } from '../../scoring/trend/mann-kendall.ts';
import { abstain, found, ranked, type Analysis, type Found } from '../shared/analyst.ts';
import { confidenceOf, discoveries } from '../shared/statistics.ts';
import { moneyOf, percentOf } from '../shared/telling.ts';
import { ledgerOf, sumOf, totalOf } from './ledger.ts';

const monthsMin = 8;
/** A part of revenue that grew by less is let be. */
const pointsMin = 0.03;
const year = 12;

/** Categories of cost whose part of revenue rises steadily (Mann-Kendall), and how the margin went. */
export async function margins(analysis: Analysis): Promise<Found> {
  const ledger = await ledgerOf(analysis);
  if (!ledger || ledger.costs.size === 0 || ledger.revenue.length < monthsMin) {
    return abstain(
      `fewer than ${monthsMin} whole months with both payments and costs (events of type finance.cost with amount, currency, category)`,
    );
  }
  const { currency, asked } = ledger;
  const revenue = ledger.revenue.slice(-year);
  const parts = [...ledger.costs].map(([category, costs]) => {
    const part = costs.slice(-year).map((cost, month) => cost / Math.max(revenue[month] ?? 0, 1));
    const trend = mannKendall(part);
    const change = (trend?.slope ?? 0) * (part.length - 1);
    return { category, part, change, z: trend?.z ?? 0, p: trend?.p ?? 1 };
  });
  const total = totalOf(ledger).slice(-year);
  const margin = 1 - sumOf(total) / Math.max(sumOf(revenue), 1);
  const late = 1 - sumOf(total.slice(-3)) / Math.max(sumOf(revenue.slice(-3)), 1);
  const rising = discoveries(parts, ({ p }) => p).filter(({ change }) => change >= pointsMin);
  const insights = rising.map(({ category, part, change, z }): AgentInsight => {
    const now = sumOf(part.slice(-3)) / 3;
    const worth = Math.round(change * sumOf(revenue.slice(-3)) * 4);
    const figure = `${category || 'costs'} take ${percentOf(now)} of revenue, ${percentOf(Math.max(now - change, 0))} ${part.length} months ago`;
    return {
      kind: 'risk',
      entity: `org:${analysis.task.org}`,
      title: `${category || 'Costs'} eat into the margin: ${percentOf(now)} of revenue`,
      detail: `${figure}. The margin was ${percentOf(late)} in the last three months, ${percentOf(margin)} over ${revenue.length}. At this revenue it is ${moneyOf(worth, currency)} a year.`,
      evidence: [asked.evidence(figure)],
      effect: { name: 'change of the part of revenue', value: Math.round(change * 1_000) / 1_000, unit: 'share' },
      confidence: confidenceOf({ z, n: part.length }),
      action: {
        text: `Go through ${category || 'the costs'} by supplier, and set a limit by revenue`,
        expectedValue: worth,
        currency,
      },
    };
  });
  return found(ranked(insights), {
    'rising costs': rising.map(({ category }) => category),
    margin: { months: revenue.length, whole: margin, lastThree: late, currency },
  });
}

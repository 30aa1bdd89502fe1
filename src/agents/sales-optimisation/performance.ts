import type { AgentInsight } from '../../core/agent.ts';
import type { JsonObject } from '../../core/json.ts';
import { numberAt, textAt } from '../../core/read.ts';
import { abstain, found, ranked, type Analysis, type Found } from '../shared/analyst.ts';
import { asOf } from '../shared/sql.ts';
import { apartOf, confidenceOf, shareInterval, shares, withOthers } from '../shared/statistics.ts';
import { moneyOf, numberIn, percentOf, textIn } from '../shared/telling.ts';
import { deals } from './deals.ts';

const days = 180;
/** Of fewer closed deals a share says little. */
const closedMin = 10;

const question = `
  SELECT seller, count() AS ended, countIf(won) AS wins, round(avgIf(amount, won), 2) AS size,
    round(quantileExactIf(0.5)(days, won), 1) AS cycle, max(currency) AS unit
  FROM ${deals}
  WHERE closed AND seller != '' AND stageSince > ${asOf} - INTERVAL ${days} DAY
  GROUP BY seller ORDER BY seller`;

interface Seller {
  readonly name: string;
  readonly closed: number;
  readonly won: number;
  readonly size: number;
  readonly cycle: number | undefined;
  readonly currency: string | null;
}

/** Each seller's share of deals won against that of all the others together, which is the benchmark. */
export async function performance({ ask }: Analysis): Promise<Found> {
  const closed = await ask(question);
  const sellers = closed.rows.map(sellerOf).filter((seller) => seller.closed >= closedMin);
  if (sellers.length < 2) {
    return abstain(
      `fewer than two sellers with ${closedMin} closed deals within ${days} days: nothing to compare with`,
    );
  }
  const apart = apartOf(
    sellers,
    withOthers(({ won, closed: of }, others) => shares({ hits: won, of }, benchmarkOf(others))),
  );
  const insights = apart.map(({ one: seller, others, difference }): AgentInsight => {
    const rest = benchmarkOf(others);
    const gap = seller.won / seller.closed - rest.hits / rest.of;
    const [lower, upper] = shareInterval(seller.won, seller.closed);
    const worth = Math.round(Math.abs(gap) * seller.closed * (seller.won > 0 ? seller.size : rest.size) * (365 / days));
    const figure = `${seller.won} of ${seller.closed} deals won (${percentOf(lower)} to ${percentOf(upper)}), colleagues ${percentOf(rest.hits / rest.of)}`;
    const behind = gap < 0;
    return {
      kind: behind ? 'optimisation' : 'opportunity',
      entity: `seller:${seller.name}`,
      title: `Seller ${seller.name} wins ${behind ? 'fewer' : 'more'} deals than colleagues: ${percentOf(seller.won / seller.closed)}`,
      detail: `${figure}.${seller.cycle === undefined ? '' : ` A deal is won in ${Math.round(seller.cycle)} days.`} The difference is ${moneyOf(worth, seller.currency)} a year.`,
      evidence: [closed.evidence(figure)],
      effect: { name: 'difference of win rates', value: Math.round(gap * 1_000) / 1_000, unit: 'share' },
      confidence: confidenceOf(difference),
      action: {
        text: behind
          ? `Go through the lost deals with ${seller.name}, beside those a colleague won`
          : `Let ${seller.name} show colleagues how deals are won`,
        expectedValue: worth,
        currency: seller.currency,
      },
    };
  });
  return found(ranked(insights), { 'sellers apart': apart.map(({ one }) => one.name) });
}

/** Deals won, of how many, and the size of those won, of sellers together. */
function benchmarkOf(sellers: readonly Seller[]) {
  const sum = (of: (seller: Seller) => number) => sellers.reduce((total, seller) => total + of(seller), 0);
  const hits = sum(({ won }) => won);
  return { hits, of: sum(({ closed }) => closed), size: sum(({ size, won }) => size * won) / Math.max(hits, 1) };
}

function sellerOf(row: JsonObject): Seller {
  return {
    name: textIn(row, 'seller'),
    closed: numberIn(row, 'ended'),
    won: numberIn(row, 'wins'),
    size: numberAt(row, 'size') ?? 0,
    cycle: numberAt(row, 'cycle'),
    currency: textAt(row, 'unit') ?? null,
  };
}

import type { AgentInsight } from '../../core/agent.ts';
import type { JsonObject } from '../../core/json.ts';
import { numberAt, textAt } from '../../core/read.ts';
import { deals } from '../sales-optimisation/deals.ts';
import { abstain, found, ranked, type Analysis, type Found } from '../shared/analyst.ts';
import { asOf } from '../shared/sql.ts';
import { apartOf, confidenceOf, shareInterval, shares, withOthers } from '../shared/statistics.ts';
import { moneyOf, numberIn, percentOf, textIn } from '../shared/telling.ts';

const days = 365;
const closedMin = 10;

/** Deals that closed by the industry of the company, which the CRM says, and how many accounts of it are known. */
const question = `
  SELECT industry, uniqExact(entity) AS accounts, count() AS ended, countIf(won) AS wins,
    round(avgIf(amount, won), 2) AS size, max(currency) AS unit
  FROM ${deals} AS deal
  INNER JOIN (
    SELECT entity, lower(argMax(JSONExtractString(data, 'propertyValue'), (time, id))) AS industry FROM events
    WHERE type = 'hubspot.company.propertyChange' AND JSONExtractString(data, 'propertyName') = 'industry' AND time <= ${asOf}
    GROUP BY entity HAVING industry != ''
  ) AS company ON deal.entity = company.entity
  WHERE closed AND stageSince > ${asOf} - INTERVAL ${days} DAY
  GROUP BY industry ORDER BY industry`;

/** Industries in which a larger share of deals is won than in the others. */
export async function opportunity({ ask }: Analysis): Promise<Found> {
  const closed = await ask(question);
  const industries = closed.rows.map(industryOf).filter(({ ended }) => ended >= closedMin);
  if (industries.length < 2) {
    return abstain(
      `fewer than two industries with ${closedMin} closed deals in a year: the CRM’s company property industry, or deals, are missing`,
    );
  }
  const apart = apartOf(
    industries,
    withOthers((one, others) => shares(of([one]), of(others))),
  ).filter(({ difference }) => difference.z > 0);
  const insights = apart.map(({ one, others, difference }): AgentInsight => {
    const rest = of(others);
    const share = one.wins / one.ended;
    const elsewhere = rest.hits / rest.of;
    const sizeElsewhere = others.reduce((sum, { size, wins }) => sum + size * wins, 0) / Math.max(rest.hits, 1);
    const worth = Math.max(Math.round(one.ended * (share * one.size - elsewhere * sizeElsewhere)), 0);
    const [lower, upper] = shareInterval(one.wins, one.ended);
    const figure = `${one.wins} of ${one.ended} deals won in ${one.name} (${percentOf(lower)} to ${percentOf(upper)}), ${percentOf(elsewhere)} elsewhere`;
    return {
      kind: 'opportunity',
      entity: `industry:${one.name}`,
      title: `Companies in ${one.name} buy more often: ${percentOf(share)} of deals, ${percentOf(elsewhere)} elsewhere`,
      detail: `${figure}. Deals are with ${one.accounts} companies so far. As many deals again there, in place of elsewhere, would be worth ${moneyOf(worth, one.currency)} a year more.`,
      evidence: [closed.evidence(figure)],
      effect: {
        name: 'difference of win rates',
        value: Math.round((share - elsewhere) * 1_000) / 1_000,
        unit: 'share',
      },
      confidence: confidenceOf(difference),
      action: { text: `Look for more companies in ${one.name}`, expectedValue: worth, currency: one.currency },
    };
  });
  return found(ranked(insights), { industries: apart.map(({ one }) => one.name) });
}

interface Industry {
  readonly name: string;
  readonly accounts: number;
  readonly ended: number;
  readonly wins: number;
  readonly size: number;
  readonly currency: string | null;
}

function of(industries: readonly Industry[]) {
  const sum = (part: (industry: Industry) => number) => industries.reduce((total, each) => total + part(each), 0);
  return { hits: sum(({ wins }) => wins), of: sum(({ ended }) => ended) };
}

function industryOf(row: JsonObject): Industry {
  return {
    name: textIn(row, 'industry'),
    accounts: numberIn(row, 'accounts'),
    ended: numberIn(row, 'ended'),
    wins: numberIn(row, 'wins'),
    size: numberAt(row, 'size') ?? 0,
    currency: textAt(row, 'unit') ?? null,
  };
}

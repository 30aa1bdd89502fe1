import type { AgentInsight } from '../../core/agent.ts';
import type { JsonObject } from '../../core/json.ts';
import { listAt } from '../../core/read.ts';
import type { Rows } from '../../orchestration/agent.ts';
import { abstain, found, ranked, type Analysis, type Found } from '../shared/analyst.ts';
import { asOf, inLast } from '../shared/sql.ts';
import { chanceOf, confidenceOf, discoveries, rates, type Difference } from '../shared/statistics.ts';
import { about, countOf, moneyOf, nameOf, numberIn, textIn } from '../shared/telling.ts';
import { worthOf } from '../shared/worth.ts';
import { heard } from './heard.ts';

const lately = 14;
/** What is usual is taken from at most so many days before, and from at least so many. */
const [beforeMax, beforeMin] = [84, 14];

const known = `
  SELECT count() AS events, toInt64(dateDiff('day', min(time), ${asOf})) AS days FROM events
  WHERE type IN ('market.news', 'gong.call') AND ${inLast(lately + beforeMax)}`;

const question = `
  SELECT competitor, kind, countIf(${inLast(lately)}) AS late, countIf(${inLast(beforeMax, lately)}) AS early,
    arraySort(groupUniqArrayIf(entity, ${inLast(lately)} AND startsWith(entity, 'account:'))) AS accounts
  FROM ${heard}
  WHERE ${inLast(lately + beforeMax)}
  GROUP BY competitor, kind ORDER BY competitor, kind`;

/** News that may well cost customers, by the scores of the pipeline market: where its alerts begin. */
const impacts = `
  SELECT entity, count() AS pieces, round(max(value), 4) AS impact, round(argMax(confidence, (value, id)), 4) AS sure,
    argMax(arrayStringConcat(arrayMap(r -> r.name, arraySlice(contributions, 1, 3)), ', '), (value, id)) AS why
  FROM scores WHERE name = 'news_impact' AND value >= 0.5 AND startsWith(entity, 'competitor:') AND ${inLast(lately)}
  GROUP BY entity ORDER BY entity`;

interface Move {
  readonly competitor: string;
  readonly kind: string;
  readonly late: number;
  /** As many as usual, for as long as `lately`. */
  readonly usual: number;
  readonly accounts: readonly string[];
  readonly difference: Difference;
}

/**
 * Competitors who are named more often in the last fortnight than in the weeks before, where customers who name them are at stake; and those
 * whose news may cost customers.
 */
export async function competitors(analysis: Analysis): Promise<Found> {
  const [span, named, hard] = [await analysis.ask(known), await analysis.ask(question), await analysis.ask(impacts)];
  const [first = {}] = span.rows;
  const before = Math.min(numberIn(first, 'days') - lately, beforeMax);
  const comparable = numberIn(first, 'events') > 0 && before >= beforeMin;
  if (!comparable && hard.rows.length === 0) {
    return abstain(`less than ${lately + beforeMin} days of market news or calls: what is usual is not known`);
  }
  const moves = comparable ? named.rows.map((row) => moveOf(row, before)) : [];
  const risen = discoveries(moves, ({ difference }) => chanceOf(difference.z)).filter(
    ({ difference }) => difference.z > 0,
  );
  const worth = await worthOf(analysis);
  const insights = risen.map(({ competitor, kind, late, usual, accounts, difference }): AgentInsight => {
    const worths = accounts.map(worth).filter(({ yearly }) => yearly > 0);
    const currency = worths[0]?.currency ?? null;
    const stake = worths.reduce((sum, each) => sum + (each.currency === currency ? each.yearly : 0), 0);
    const where = kind === 'news' ? 'in the news' : 'by customers in calls';
    const figure = `${competitor} was named ${countOf(late, 'time')} ${where} in ${lately} days, usually ${about(usual)}`;
    return {
      kind: 'risk',
      entity: `competitor:${competitor}`,
      title: `${competitor} is named more ${where}: ${late} times, usually ${about(usual)}`,
      detail: `${figure}.${accounts.length === 0 ? '' : ` Customers who spoke of it: ${accounts.slice(0, 5).join(', ')}${stake > 0 ? `, who pay ${moneyOf(stake, currency)} a year` : ''}.`}`,
      evidence: [
        named.evidence(figure),
        span.evidence(`${numberIn(first, 'days')} days of news and calls`),
        ...(worths[0]?.evidence ?? []),
      ],
      effect: {
        name: 'named as often as usual',
        value: Math.round((late / Math.max(usual, 0.1)) * 10) / 10,
        unit: 'times',
      },
      confidence: confidenceOf(difference),
      action: {
        text:
          accounts.length > 0
            ? `Speak with ${accounts.slice(0, 3).join(', ')} about ${competitor} before they decide`
            : `Read what ${competitor} has announced, and give sales an answer to it`,
        expectedValue: stake > 0 ? stake : null,
        currency: stake > 0 ? currency : null,
      },
    };
  });
  const moving = [
    ...risen.map(({ competitor }) => competitor),
    ...hard.rows.map((row) => nameOf(textIn(row, 'entity'))),
  ];
  return found(ranked([...insights, ...hard.rows.map((row) => toldImpact(row, hard))]), {
    'competitors on the move': [...new Set(moving)],
  });
}

function toldImpact(row: JsonObject, hard: Rows): AgentInsight {
  const [entity, impact, why] = [textIn(row, 'entity'), numberIn(row, 'impact'), textIn(row, 'why')];
  const figure = `${countOf(numberIn(row, 'pieces'), 'piece')} of news about ${nameOf(entity)} in ${lately} days, impact up to ${impact.toFixed(2)}`;
  return {
    kind: 'risk',
    entity,
    title: `${nameOf(entity)} moves: ${why}`,
    detail: `${figure}.`,
    evidence: [hard.evidence(figure)],
    effect: { name: 'impact of the news', value: impact, unit: 'of 1' },
    confidence: numberIn(row, 'sure'),
    action: {
      text: `Give sales an answer to what ${nameOf(entity)} announced, and call the customers it would suit`,
      expectedValue: null,
      currency: null,
    },
  };
}

function moveOf(row: JsonObject, before: number): Move {
  const [late, early] = [numberIn(row, 'late'), numberIn(row, 'early')];
  return {
    competitor: textIn(row, 'competitor'),
    kind: textIn(row, 'kind'),
    late,
    usual: (early * lately) / before,
    accounts: listAt(row, 'accounts').flatMap((entity) => (typeof entity === 'string' ? entity : [])),
    difference: rates(late, lately, early, before),
  };
}

import type { AgentInsight } from '../../core/agent.ts';
import { numberAt, textAt } from '../../core/read.ts';
import { deals } from '../sales-optimisation/deals.ts';
import { abstain, found, ranked, type Analysis, type Found } from '../shared/analyst.ts';
import { asOf, inLast } from '../shared/sql.ts';
import { chanceOf, confidenceOf, discoveries, shares } from '../shared/statistics.ts';
import { moneyOf, numberIn, percentOf, textIn } from '../shared/telling.ts';
import { heard } from './heard.ts';

const days = 365;
const closedMin = 8;

/** Deals that closed, by the competitors their customers named in calls while the deal was open; '' where none was named. */
const question = `
  SELECT competitor, count() AS ended, countIf(won) AS wins, round(avg(amount), 2) AS size, max(currency) AS unit
  FROM (
    SELECT source, deal, won, amount, currency, arrayJoin(if(empty(named), [''], named)) AS competitor
    FROM (
      SELECT source, deal, any(d.won) AS won, any(d.amount) AS amount, any(d.currency) AS currency,
        arraySort(groupUniqArrayIf(h.competitor, h.competitor != '' AND h.time >= d.openedAt AND h.time <= d.stageSince)) AS named
      FROM (SELECT * FROM ${deals} WHERE closed AND stageSince > ${asOf} - INTERVAL ${days} DAY) AS d
      LEFT JOIN (SELECT competitor, entity, time FROM ${heard} WHERE kind = 'calls') AS h ON d.entity = h.entity
      GROUP BY source, deal
    )
  )
  GROUP BY competitor ORDER BY competitor`;

const voices = `
  SELECT competitor, count() AS pieces FROM ${heard} WHERE kind = 'news' AND ${inLast(90)}
  GROUP BY competitor ORDER BY pieces DESC, competitor LIMIT 20`;

/** The share of deals won against each competitor beside that of deals in which nobody was named. */
export async function positioning({ ask }: Analysis): Promise<Found> {
  const [closed, news] = [await ask(question), await ask(voices)];
  const rows = closed.rows.map((row) => ({
    name: textIn(row, 'competitor'),
    of: numberIn(row, 'ended'),
    hits: numberIn(row, 'wins'),
    size: numberAt(row, 'size') ?? 0,
    currency: textAt(row, 'unit') ?? null,
  }));
  const alone = rows.find(({ name }) => name === '');
  const against = rows.filter(({ name, of }) => name !== '' && of >= closedMin);
  if (!alone || alone.of < closedMin || against.length === 0) {
    return abstain(
      `fewer than ${closedMin} closed deals in which a competitor was named in calls, or as many without: nothing to compare`,
    );
  }
  const compared = against.map((rival) => ({ rival, difference: shares(rival, alone) }));
  const apart = discoveries(compared, ({ difference }) => chanceOf(difference.z));
  const insights = apart.map(({ rival, difference }): AgentInsight => {
    const [share, without] = [rival.hits / rival.of, alone.hits / alone.of];
    const worth = Math.round(Math.abs(without - share) * rival.of * rival.size);
    const weak = share < without;
    const figure = `${rival.hits} of ${rival.of} deals won where ${rival.name} was named, ${alone.hits} of ${alone.of} where nobody was`;
    return {
      kind: weak ? 'risk' : 'opportunity',
      entity: `competitor:${rival.name}`,
      title: `Against ${rival.name} ${percentOf(share)} of deals are won, without a competitor ${percentOf(without)}`,
      detail: `${figure}. The difference is ${moneyOf(worth, rival.currency)} a year.`,
      evidence: [closed.evidence(figure)],
      effect: { name: 'difference of win rates', value: Math.round((share - without) * 1_000) / 1_000, unit: 'share' },
      confidence: confidenceOf(difference),
      action: {
        text: weak
          ? `Find out why customers take ${rival.name}, and give sales an answer`
          : `Bring up the comparison with ${rival.name} early`,
        expectedValue: worth,
        currency: rival.currency,
      },
    };
  });
  return found(ranked(insights), {
    'competitors apart': apart.map(({ rival }) => rival.name),
    'share of voice': news.rows,
  });
}

import { z } from 'zod';
import { asked as theirs, episodes } from '../operations/episodes.ts';
import { read, unpriced } from '../operations/rows.ts';
import { abstain, type Capability, found } from '../shared/analyst.ts';
import { asOf, payments } from '../shared/sql.ts';
import { shareInterval } from '../shared/statistics.ts';
import { countOf, percentOf } from '../shared/telling.ts';

/** Ended or taken alerts of the organisation from which it is known what people act on. */
const pastLeast = 20;
/** How much worse each severity counts: a critical one as nine for information. */
const weights: Readonly<Record<string, number>> = { info: 1, warning: 3, critical: 9 };

const row = z.object({
  alert: z.string(),
  entity: z.string(),
  name: z.string(),
  title: z.string(),
  severity: z.string(),
  past: z.number(),
  acted: z.number(),
  allPast: z.number(),
  allActed: z.number(),
  stake: z.number(),
  spread: z.number(),
});
type Open = z.output<typeof row>;

/** What is open, the most important first: severity × how often people acted on its like × what is at stake. */
export const priority: Capability = async ({ ask }) => {
  const asked = await read(ask(question, { days: '90' }), row);
  const [first] = asked.rows;
  if (!first) return abstain('No alert is open: there is nothing to put in an order.');
  if (first.allPast < pastLeast)
    return abstain(
      `No ${pastLeast} past alerts from which to know what is acted on: ${countOf(first.allPast, 'alert')}.`,
    );
  const priorities = asked.rows
    .map((open) => ({ ...open, priority: priorityOf(open), grade: gradeOf(priorityOf(open)) }))
    .toSorted((a, b) => b.priority - a.priority || (a.alert < b.alert ? -1 : 1));
  return found(
    priorities
      .filter(({ grade }) => grade === 'P1' || grade === 'P2')
      .map((open) => ({
        kind: 'risk',
        entity: open.entity,
        title: `${open.grade}: ${open.title}`,
        detail:
          `${open.severity}; of ${countOf(open.past, 'past alert')} of ${open.name} ${open.acted} were acted on ` +
          `(${percentOf(shareOf(open))} expected); its customer pays ${timesOf(open.stake)} the usual, ` +
          `${countOf(open.spread, 'other alert')} about others opened within the hour.`,
        evidence: [asked.evidence(`${open.acted} of ${open.past} alerts of ${open.name} acted on, ${open.severity}`)],
        effect: {
          name: 'priority',
          value: Math.round(100 * open.priority) / 100,
          unit: 'expected severity, critical = 9',
        },
        confidence: confidenceOf(open),
        action: unpriced(`Take it ${open.grade === 'P1' ? 'now' : 'today'}`),
      })),
    { priorities },
  );
};

/** Rules with few past alerts are held for what all of them are (four alerts' worth). */
const shareOf = ({ past, acted, allPast, allActed }: Open): number => (acted + 4 * (allActed / allPast)) / (past + 4);

const priorityOf = (open: Open): number =>
  (weights[open.severity] ?? 1) * shareOf(open) * Math.min(4, 0.5 + open.stake / 2) * Math.min(2, 1 + open.spread / 10);

const gradeOf = (value: number): 'P1' | 'P2' | 'P3' | 'P4' =>
  value >= 6 ? 'P1' : value >= 3 ? 'P2' : value >= 1 ? 'P3' : 'P4';

/** The width of what the share may be. */
function confidenceOf({ past, acted }: Open): number {
  const [low, high] = shareInterval(acted, past);
  return Math.max(0.05, Math.min(0.99, 1 - (high - low) / 2));
}

const timesOf = (stake: number): string => `${stake} times`;

/** `stake` is a customer's payments in 90 days over the median customer's, 1 where nothing is known of it. */
const question = `WITH ${episodes}, past AS (
  SELECT name, count() AS past, countIf(isNotNull(taken) OR (ending = 'resolved' AND NOT startsWith(ender, 'pipeline:'))) AS acted
  FROM episodes
  WHERE isNotNull(ended) OR isNotNull(taken)
  GROUP BY name
), paid AS (
  SELECT payer, max(times) AS stake
  FROM (
    SELECT entity AS payer, sum(amount) AS total, total / medianExact(total) OVER (PARTITION BY currency) AS times
    FROM ${payments}
    WHERE time > ${asOf} - INTERVAL 90 DAY AND time <= ${asOf}
    GROUP BY payer, currency
    HAVING total > 0
  )
  GROUP BY payer
), (SELECT groupArray((about, opened)) FROM episodes) AS everything
SELECT alert, about AS entity, episodes.name AS name, said AS title, severityNow AS severity,
  ifNull(past.past, 0) AS past, ifNull(past.acted, 0) AS acted,
  (SELECT sum(past) FROM past) AS allPast, (SELECT sum(acted) FROM past) AS allActed,
  round(if(paid.stake > 0, paid.stake, 1), 2) AS stake,
  arrayUniq(arrayMap(one -> one.1, arrayFilter(one -> one.1 != entity AND abs(dateDiff('second', one.2, opened)) <= 3600, everything))) AS spread
FROM episodes LEFT JOIN past ON past.name = episodes.name LEFT JOIN paid ON paid.payer = episodes.about
WHERE ${theirs} AND isNull(ended) AND state != 'suppressed'
ORDER BY alert
LIMIT 1000`;

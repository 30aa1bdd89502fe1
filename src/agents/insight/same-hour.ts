import { z } from 'zod';
import { read, unpriced } from '../operations/rows.ts';
import { hourly } from '../operations/samples.ts';
import { suspected } from '../operations/suspect.ts';
import { abstain, type Capability, found, ranked } from '../shared/analyst.ts';
import { asOf } from '../shared/sql.ts';
import { confidenceOf } from '../shared/statistics.ts';

/** Days whose same hour says what is usual. */
const daysLeast = 7;
/** Hours at the end in which something odd is news. */
const recent = 24;
/** Robust standard deviations. */
const deviationsLeast = 8;

const row = z.object({
  entity: z.string(),
  metric: z.string(),
  days: z.number(),
  odd: z.number(),
  at: z.string(),
  value: z.number(),
  usual: z.number(),
  beyond: z.number(),
});

/**
 * Hours of the last day that lie far from the same hour of the days before, by median and median deviation: what `monitor` answers by trend and
 * season, answered another way, so that two who know nothing of each other can agree.
 */
export const sameHour: Capability = async ({ ask, tools }) => {
  const asked = await read(ask(question, { days: '28' }), row);
  if (asked.rows.length === 0) return abstain(`No metric with samples at the same hour of ${daysLeast} days.`);
  const odd = asked.rows.filter(({ odd }) => odd > 0);
  const insights = ranked(
    odd.map(({ entity, metric, days, odd, at, value, usual, beyond }) => ({
      kind: 'risk',
      entity,
      title: `${metric} was not as usual at that hour of the day in ${odd} of the last ${recent} hours`,
      detail: `At ${at} it was ${value}; the median of that hour on ${days} days before is ${usual}.`,
      evidence: [asked.evidence(`${metric} of ${entity}: ${value} at ${at}, usually ${usual}`)],
      effect: { name: 'distance from the usual', value: beyond, unit: 'robust standard deviations' },
      confidence: confidenceOf({ z: beyond, n: days }),
      action: unpriced(`Look what happened to ${entity} around ${at}`),
    })),
  );
  const anomalies = odd.map(({ entity, metric }) => ({ entity, metric }));
  await suspected(tools.board, 'insight', insights);
  return found(insights, { anomalies });
};

/** What an hour of the day differs by itself is taken from all of them together: of one, a week has too few. */
const question = `WITH ${hourly},
placed AS (
  SELECT entity, metric, toHour(hour) AS clock, maxIf(hour, isLast) AS last, argMaxIf(mean, hour, isLast) AS value,
    groupArrayIf(mean, NOT isLast) AS before, countIf(isLast) AS lasts, arrayReduce('median', before) AS usual,
    arrayMap(one -> abs(one - usual), before) AS rests
  FROM (SELECT *, hour >= toStartOfHour(${asOf}) - toIntervalHour(${recent}) AS isLast FROM hourly)
  GROUP BY entity, metric, clock
  HAVING lasts > 0 AND length(before) >= ${daysLeast}
), spread AS (
  SELECT entity, metric, min(length(before)) AS days, arraySort(groupArray((last, value, usual))) AS hours,
    greatest(1.4826 * arrayReduce('median', arrayFlatten(groupArray(rests))), 0.02 * median(abs(usual)), 1e-9) AS typical
  FROM placed
  GROUP BY entity, metric
), judged AS (
  SELECT *, arrayMap(one -> abs(one.2 - one.3) / typical, hours) AS offs, hours[indexOf(offs, arrayMax(offs))] AS worst
  FROM spread
)
SELECT entity, metric, days, arrayCount(off -> off >= ${deviationsLeast}, offs) AS odd,
  formatDateTime(worst.1, '%Y-%m-%dT%H:00:00Z') AS at, round(worst.2, 6) AS value, round(worst.3, 6) AS usual,
  round(arrayMax(offs), 2) AS beyond
FROM judged
ORDER BY entity, metric`;

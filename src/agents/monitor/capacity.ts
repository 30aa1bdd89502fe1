import { z } from 'zod';
import { read, unpriced } from '../operations/rows.ts';
import { abstain, type Capability, found, ranked } from '../shared/analyst.ts';
import { asOf } from '../shared/sql.ts';
import { confidenceOf } from '../shared/statistics.ts';

/** Quarter days with samples: ten of them are two and a half days. */
const pointsLeast = 10;
/** Days ahead that are worth a word. */
const horizon = 14;
/** |t| of the slope from which a rise is no chance; high, because one quarter of a day hangs on the one before. */
const slopeLeast = 6;

const row = z.object({
  entity: z.string(),
  metric: z.string(),
  points: z.number(),
  level: z.number(),
  ceiling: z.number(),
  perDay: z.number(),
  t: z.number(),
});

/** Metrics that reach their limit soon, by a line through quarter days, with an interval of days from the error of its slope. */
export const capacity: Capability = async ({ ask }) => {
  const asked = await read(ask(question), row);
  const known = asked.rows.filter(({ points }) => points >= pointsLeast);
  if (known.length === 0)
    return abstain(`No metric that tells its limit, with ${pointsLeast} quarter days of samples in two weeks.`);
  const near = known.map(aheadOf).filter(({ days, t }) => days <= horizon && t >= slopeLeast);
  return found(
    ranked(
      near.map(({ entity, metric, level, ceiling, perDay, days, soonest, latest, points, t }) => ({
        kind: 'risk',
        entity,
        title: `${metric} reaches its limit of ${ceiling} in about ${days} days`,
        detail: `It is at ${level} and rises by ${perDay} a day: between ${soonest} and ${latest} days (95 %).`,
        evidence: [
          asked.evidence(`${metric} of ${entity}: ${level} of ${ceiling}, ${perDay} a day over ${points} quarter days`),
        ],
        effect: { name: 'time until the limit', value: days, unit: 'days' },
        confidence: confidenceOf({ z: t, n: points }),
        action: unpriced(
          `Make room in ${entity} or raise the limit of ${metric} within ${Math.max(0, Math.floor(soonest))} days`,
        ),
      })),
    ),
    { capacity: near },
  );
};

/** Two standard errors of the slope to either side. */
function aheadOf(found: z.output<typeof row>) {
  const { level, ceiling, perDay, t } = found;
  const left = Math.max(0, ceiling - level);
  const within = (slope: number) => (slope > 0 ? Math.round((10 * left) / slope) / 10 : 9_999);
  return {
    ...found,
    days: within(perDay),
    soonest: within(perDay * (1 + 2 / Math.max(1e-9, t))),
    latest: within(perDay * (1 - 2 / Math.max(1e-9, t))),
  };
}

const question = `WITH quarters AS (
  SELECT entity, JSONExtractString(data, 'name') AS metric, toStartOfInterval(time, toIntervalHour(6)) AS start,
    avg(JSONExtractFloat(data, 'value')) AS mean, max(JSONExtractFloat(data, 'limit')) AS most,
    dateDiff('second', ${asOf}, start) / 86400 AS day
  FROM events
  WHERE type = 'metrics.sample' AND NOT startsWith(entity, 'account:') AND ({entity:String} = '' OR entity = {entity:String})
    AND time > ${asOf} - toIntervalDay(14) AND time <= ${asOf}
    AND JSONExtractFloat(data, 'limit') > 0
  GROUP BY entity, metric, start
), lines AS (
  SELECT entity, metric, count() AS points, argMax(most, start) AS ceiling, argMax(mean, start) AS level,
    simpleLinearRegression(day, mean).k AS slope, corr(day, mean) AS r
  FROM quarters
  GROUP BY entity, metric
)
SELECT entity, metric, points, round(level, 6) AS level, ceiling, round(slope, 6) AS perDay,
  round(if(isFinite(r), r * sqrt(greatest(points - 2, 0) / greatest(1 - r * r, 1e-6)), 0), 2) AS t
FROM lines
ORDER BY entity, metric`;

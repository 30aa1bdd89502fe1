import { z } from 'zod';
import { read, unpriced } from '../operations/rows.ts';
import { suspected } from '../operations/suspect.ts';
import { abstain, type Capability, found, ranked } from '../shared/analyst.ts';
import { asOf } from '../shared/sql.ts';
import { confidenceOf } from '../shared/statistics.ts';

/** Days before a change whose same hours say how much days differ by themselves. */
const daysLeast = 5;
const hoursLeast = 6;
/** Robust standard deviations of days without a change. */
const effectLeast = 5;
const relativeLeast = 0.1;

const row = z.object({
  change: z.string(),
  what: z.string(),
  entity: z.string(),
  metric: z.string(),
  at: z.string(),
  hours: z.number(),
  days: z.number(),
  before: z.number(),
  after: z.number(),
  z: z.number(),
  ahead: z.number(),
});

/**
 * What a change (a deploy, a release, a new configuration) did to the metrics of what was changed. The hours after it are held against the
 * same hours of each of the days before: a placebo test, in which those days say how much a day differs without a change.
 */
export const changeImpact: Capability = async ({ ask, tools }) => {
  const asked = await read(ask(question), row);
  const known = asked.rows.filter(({ hours, days }) => hours >= hoursLeast && days >= daysLeast);
  if (known.length === 0)
    return abstain(
      `No change of the last week with ${hoursLeast} hours of samples after it and ${daysLeast} days before it.`,
    );
  const impacts = known
    .filter(({ z, before, after }) => Math.abs(z) >= effectLeast && relativeOf(before, after) >= relativeLeast)
    // What had moved as far before the change was not moved by it.
    .filter(({ z, ahead }) => !(Math.sign(ahead) === Math.sign(z) && Math.abs(ahead) >= effectLeast));
  const insights = ranked(
    impacts.map(({ what, entity, metric, at, before, after, z, days }) => ({
      kind: 'risk',
      entity,
      title: `${metric} ${after > before ? 'rose' : 'fell'} by ${Math.round(relativeOf(before, after) * 100)} % with ${what}`,
      detail: `In the hours after ${at} it was ${after}; in the same hours of the ${days} days before ${before}.`,
      evidence: [asked.evidence(`${metric} of ${entity} after ${what}: ${after}, before ${before}`)],
      effect: { name: 'change of the mean', value: z, unit: 'robust standard deviations' },
      confidence: confidenceOf({ z, n: days }),
      action: unpriced(`If this was not meant, take back ${what}`),
    })),
  );
  await suspected(tools.board, 'monitor/change-impact', insights);
  return found(insights, { impacts });
};

const relativeOf = (before: number, after: number): number =>
  Math.abs(after - before) / Math.max(Math.abs(before), 1e-9);

/** Day 0 begins with the change. Hours ahead are those from six before it until it: day −1's last. */
const question = `WITH changes AS (
  SELECT id AS change, entity, time AS changed,
    concat(type, ' ', if(JSONHas(data, 'version'), JSONExtractString(data, 'version'), id)) AS what,
    least(24, intDiv(dateDiff('second', time, ${asOf}), 3600)) AS hours
  FROM events
  WHERE match(type, '(?i)deploy|release|rollout|migration|rollback|config|feature.?flag') AND NOT startsWith(entity, 'account:')
    AND ({entity:String} = '' OR entity = {entity:String})
    AND time > ${asOf} - toIntervalDay(7) AND time <= ${asOf}
), samples AS (
  SELECT entity, JSONExtractString(data, 'name') AS metric, time, JSONExtractFloat(data, 'value') AS value
  FROM events
  WHERE type = 'metrics.sample' AND time > ${asOf} - toIntervalDay(22) AND time <= ${asOf}
), placed AS (
  SELECT change, what, entity, metric, changed, hours, value, dateDiff('second', changed, time) AS since,
    toInt32(floor(since / 86400)) AS day, since - day * 86400 AS into
  FROM samples JOIN changes USING (entity)
  WHERE day BETWEEN -14 AND 0
), windows AS (
  SELECT change, what, entity, metric, changed, hours, day,
    avgOrNullIf(value, into < hours * 3600) AS mean, avgOrNullIf(value, into >= 64800) AS eve
  FROM placed
  GROUP BY change, what, entity, metric, changed, hours, day
), compared AS (
  SELECT change, what, entity, metric, changed, hours, countIf(day < 0 AND isNotNull(mean)) AS days,
    maxIf(mean, day = 0) AS after, groupArrayIf(assumeNotNull(mean), day < 0 AND isNotNull(mean)) AS others,
    maxIf(eve, day = -1) AS lastEve, groupArrayIf(assumeNotNull(eve), day < -1 AND isNotNull(eve)) AS eves,
    arrayReduce('median', others) AS before, arrayReduce('median', eves) AS usualEve,
    1.4826 * arrayReduce('median', arrayMap(one -> abs(one - before), others)) AS spread,
    1.4826 * arrayReduce('median', arrayMap(one -> abs(one - usualEve), eves)) AS spreadEve
  FROM windows
  GROUP BY change, what, entity, metric, changed, hours
)
SELECT change, what, entity, metric, formatDateTime(changed, '%Y-%m-%dT%H:%i:%SZ') AS at, hours, days,
  round(before, 6) AS before, round(ifNull(after, 0), 6) AS after,
  round((ifNull(after, 0) - before) / greatest(spread, abs(before) * 0.01, 1e-9), 2) AS z,
  round(if(isNull(lastEve) OR empty(eves), 0, (ifNull(lastEve, 0) - usualEve) / greatest(spreadEve, abs(usualEve) * 0.01, 1e-9)), 2) AS ahead
FROM compared
WHERE isNotNull(after) AND notEmpty(others)
ORDER BY at, change, entity, metric`;

import { z } from 'zod';
import { givenTo } from '../../core/agent.ts';
import { textAt } from '../../core/read.ts';
import { asked as theirs, episodes } from '../operations/episodes.ts';
import { read, unpriced } from '../operations/rows.ts';
import { hourly } from '../operations/samples.ts';
import { abstain, type Capability, found, ranked } from '../shared/analyst.ts';
import { asOf } from '../shared/sql.ts';
import { confidenceOf } from '../shared/statistics.ts';

/** Robust standard deviations from the same hours of the two weeks before: odd during the alert, and as usual again after it. */
const oddLeast = 4;
const usualMost = 2.5;
/** Hours since it was ended, and days before with the same hour. */
const hoursLeast = 3;
const daysLeast = 5;

const row = z.object({
  alert: z.string(),
  entity: z.string(),
  title: z.string(),
  metric: z.string(),
  days: z.number(),
  hours: z.number(),
  during: z.number(),
  after: z.number(),
});

/** Whether what was ended in the last three days (or mended at `fixedAt` of the task's input) is as usual again, metric by metric. */
export const verification: Capability = async ({ ask, task }) => {
  const fixedAt = textAt(givenTo(task), 'fixedAt') ?? '';
  const asked = await read(ask(question, { days: '30', fixedAt }), row);
  const known = asked.rows.filter(({ days, hours }) => days >= daysLeast && hours >= hoursLeast);
  if (known.length === 0)
    return abstain(
      `No ended alert with metrics of its entity for ${hoursLeast} hours after it and ${daysLeast} days before.`,
    );
  const verdicts = known
    .filter(({ during }) => Math.abs(during) >= oddLeast)
    .map((judged) => ({ ...judged, fixed: Math.abs(judged.after) <= usualMost }));
  return found(
    ranked(
      verdicts.map(({ entity, title, metric, hours, during, after, fixed }) => ({
        kind: fixed ? 'optimisation' : 'risk',
        entity,
        title: `${fixed ? 'Mended' : 'Not mended'}: ${metric} of ${entity}`,
        detail: `It was ${during} robust standard deviations from its usual hours during "${title}", and is ${after} since, over ${hours} hours.`,
        evidence: [asked.evidence(`${metric} of ${entity}: ${during} during, ${after} after`)],
        effect: { name: 'distance from the usual', value: after, unit: 'robust standard deviations' },
        confidence: confidenceOf({ z: fixed ? Math.abs(during) - Math.abs(after) : after, n: hours }),
        action: unpriced(
          fixed
            ? 'Nothing more is to be done'
            : `Take back what was done, or open the alert again: ${metric} is still off`,
        ),
      })),
    ),
    { verdicts },
  );
};

const question = `WITH ${episodes}, ${hourly}, mended AS (
  SELECT alert, about, said, opened, if({fixedAt:String} = '', ended, parseDateTime64BestEffortOrNull({fixedAt:String}, 3, 'UTC')) AS fixed
  FROM episodes
  WHERE ${theirs} AND opened > ${asOf} - INTERVAL 10 DAY AND fixed > ${asOf} - INTERVAL 3 DAY AND fixed <= ${asOf} AND fixed > opened
  ORDER BY alert
  LIMIT 50
), seen AS (
  SELECT alert, said, entity, metric, opened, hour, mean, hour >= fixed AS later
  FROM mended JOIN hourly ON hourly.entity = mended.about
  WHERE hour >= toStartOfHour(opened) AND NOT (hour < fixed AND hour + INTERVAL 1 HOUR > fixed)
), compared AS (
  SELECT alert, said, entity, metric, hour, later, any(seen.mean) AS value, count() AS days, medianExact(past.mean) AS usual,
    1.4826 * arrayReduce('median', arrayMap(one -> abs(one - usual), groupArray(past.mean))) AS spread
  FROM seen JOIN hourly AS past ON past.entity = seen.entity AND past.metric = seen.metric AND toHour(past.hour) = toHour(seen.hour)
  WHERE past.hour < toStartOfHour(seen.opened) AND past.hour >= seen.opened - INTERVAL 14 DAY
  GROUP BY alert, said, seen.entity AS entity, seen.metric AS metric, seen.hour AS hour, later
)
SELECT alert, entity, any(said) AS title, metric, min(compared.days) AS days, countIf(later) AS hours,
  round(ifNotFinite(medianExactIf((value - usual) / greatest(spread, abs(usual) * 0.01, 1e-9), NOT later), 0), 2) AS during,
  round(ifNotFinite(medianExactIf((value - usual) / greatest(spread, abs(usual) * 0.01, 1e-9), later), 0), 2) AS after
FROM compared
GROUP BY alert, entity, metric
ORDER BY alert, entity, metric`;

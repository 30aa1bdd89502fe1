import { z } from 'zod';
import { read, unpriced } from '../operations/rows.ts';
import { hourly, series } from '../operations/samples.ts';
import { suspected } from '../operations/suspect.ts';
import { abstain, type Capability, found, ranked } from '../shared/analyst.ts';
import { asOf } from '../shared/sql.ts';
import { confidenceOf } from '../shared/statistics.ts';

/** Seven days: STL needs to have seen each hour a few times. */
const hoursLeast = 168;
/** Hours at the end in which something odd is news. */
const recent = 24;

const row = z.object({
  entity: z.string(),
  metric: z.string(),
  hours: z.number(),
  oddAt: z.array(z.string()),
  oddValues: z.array(z.number()),
  usual: z.array(z.number()),
  beyond: z.number(),
});

/** Hours of the last day that neither trend nor hour of the day explain: STL, and Tukey's far fences around what it leaves over. */
export const anomalies: Capability = async ({ ask, tools }) => {
  const asked = await read(ask(question, { days: '28', hours: String(hoursLeast) }), row);
  const known = asked.rows;
  if (known.length === 0) return abstain(`No metric with ${hoursLeast} hours of samples in the last 28 days.`);
  const odd = known.filter(({ oddAt }) => oddAt.length > 0);
  const insights = ranked(
    odd.map(({ entity, metric, hours, oddAt, oddValues, usual, beyond }) => ({
      kind: 'risk',
      entity,
      title: `${metric} was not as usual in ${oddAt.length} of the last ${recent} hours`,
      detail: `At ${oddAt[0]} it was ${oddValues[0]}, where ${usual[0]} was to be expected.`,
      evidence: [asked.evidence(`${metric} of ${entity}: ${oddValues[0]} at ${oddAt[0]}, expected ${usual[0]}`)],
      effect: { name: 'distance from the expected', value: beyond, unit: 'interquartile ranges' },
      confidence: confidenceOf({ z: beyond * 1.349, n: hours / 24 }),
      action: unpriced(`Look what happened to ${entity} around ${oddAt[0]}`),
    })),
  );
  const metrics = odd.map(({ entity, metric }) => ({ entity, metric }));
  await suspected(tools.board, 'monitor', insights);
  return found(insights, { anomalies: metrics });
};

/** Fences at three interquartile ranges (Tukey's "far out"): of normal noise, one hour in 400,000 lies beyond. */
const question = `WITH ${hourly}, ${series},
judged AS (
  SELECT entity, metric, hours, times, means, seriesDecomposeSTL(means, 24) AS parts,
    arrayMap(rest -> round(rest, 6), parts[3]) AS rests,
    greatest(arrayReduce('quantileExactInclusive(0.75)', rests) - arrayReduce('quantileExactInclusive(0.25)', rests), 1e-9) AS range,
    seriesOutliersDetectTukey(rests, 0.25, 0.75, 3) AS outside,
    arrayFilter(at -> outside[at] != 0 AND at > hours - ${recent}
      AND times[at] >= toStartOfHour(${asOf}) - toIntervalHour(${recent}), arrayEnumerate(means)) AS places
  FROM series
)
SELECT entity, metric, hours, arrayMap(at -> formatDateTime(times[at], '%Y-%m-%dT%H:00:00Z'), places) AS oddAt,
  arrayMap(at -> round(means[at], 6), places) AS oddValues,
  arrayMap(at -> round(means[at] - rests[at], 6), places) AS usual,
  round(arrayMax(arrayConcat([0.], arrayMap(at -> abs(rests[at]) / range, places))), 2) AS beyond
FROM judged
ORDER BY entity, metric`;

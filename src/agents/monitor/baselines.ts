import { z } from 'zod';
import type { AgentInsight, Evidence } from '../../core/agent.ts';
import { read, unpriced } from '../operations/rows.ts';
import { hourly, series } from '../operations/samples.ts';
import { abstain, type Capability, found, ranked } from '../shared/analyst.ts';
import { confidenceOf } from '../shared/statistics.ts';

/** Two weeks: a day's shape is not known from fewer. */
const hoursLeast = 336;
/** Hyndman and Athanasopoulos, Forecasting, 6.7: from here on the hour of the day tells most of what a metric does. */
const seasonLeast = 0.6;
/** Robust standard deviations between daily means; below, weeks differ that much by themselves. */
const shiftLeast = 5;

const row = z.object({
  entity: z.string(),
  metric: z.string(),
  hours: z.number(),
  low: z.number(),
  median: z.number(),
  high: z.number(),
  season: z.number(),
  before: z.number(),
  lately: z.number(),
  shift: z.number(),
});

type Metric = z.output<typeof row>;

/** What is usual for each metric, by quantiles; how much of it the hour of the day explains; whether the last week left it. */
export const baselines: Capability = async ({ ask }) => {
  const asked = await read(ask(question, { days: '28', hours: String(hoursLeast) }), row);
  const known = asked.rows;
  if (known.length === 0) return abstain(`No metric with ${hoursLeast} hours of samples in the last 28 days.`);
  const insights = known.flatMap((metric) => [...movedOf(metric, asked.evidence), ...seasonOf(metric, asked.evidence)]);
  return found(ranked(insights), { baselines: known });
};

type Quote = (text: string) => Evidence;

function movedOf({ entity, metric, hours, shift, before, lately }: Metric, quote: Quote): readonly AgentInsight[] {
  if (Math.abs(shift) < shiftLeast) return [];
  return [
    {
      kind: 'risk',
      entity,
      title: `${metric} has run at another level for a week`,
      detail: `Its daily means were ${before} in the three weeks before, ${lately} in the last.`,
      evidence: [quote(`${metric} of ${entity}: ${before} before, ${lately} in the last 7 days`)],
      effect: { name: 'shift of level', value: shift, unit: 'robust standard deviations' },
      confidence: confidenceOf({ z: shift, n: hours / 24 }),
      action: unpriced(`Look what changed a week ago, and set what watches ${metric} to the new level if it is meant`),
    },
  ];
}

function seasonOf({ entity, metric, hours, season, low, high }: Metric, quote: Quote): readonly AgentInsight[] {
  if (season < seasonLeast) return [];
  return [
    {
      kind: 'optimisation',
      entity,
      title: `${metric} follows the hour of the day`,
      detail: `The hour explains ${Math.round(season * 100)} % of it; nine of ten hours lie from ${low} to ${high}.`,
      evidence: [quote(`seasonal strength ${season} over ${hours} hours of ${metric} of ${entity}`)],
      effect: { name: 'seasonal strength', value: season, unit: 'share of variance' },
      confidence: hours / (hours + hoursLeast / 4),
      action: unpriced(`Judge ${metric} against its own hour of the day, not against one fixed limit`),
    },
  ];
}

/** Days are counted back from now, so that the last week holds seven whole ones. */
const question = `WITH ${hourly}, ${series},
days AS (
  SELECT *, arrayMap(day -> arrayAvg(arraySlice(means, hours - 24 * (day + 1) + 1, 24)), range(intDiv(hours, 24))) AS daily,
    seriesDecomposeSTL(means, 24) AS parts,
    arrayReduce('median', arraySlice(daily, 1, 7)) AS after, arrayReduce('median', arraySlice(daily, 8)) AS earlier,
    1.4826 * arrayReduce('median', arrayMap(value -> abs(value - earlier), arraySlice(daily, 8))) AS spread,
    arrayReduce('varPop', arrayMap((one, other) -> one + other, parts[1], parts[3])) AS moving
  FROM series
)
SELECT entity, metric, hours,
  round(arrayReduce('quantileExactInclusive(0.05)', means), 6) AS low,
  round(arrayReduce('quantileExactInclusive(0.5)', means), 6) AS median,
  round(arrayReduce('quantileExactInclusive(0.95)', means), 6) AS high,
  round(if(moving > 0, greatest(0, 1 - arrayReduce('varPop', parts[3]) / moving), 0), 3) AS season,
  round(earlier, 6) AS before, round(after, 6) AS lately,
  round((after - earlier) / greatest(spread, abs(earlier) * 0.01, 1e-9), 2) AS shift
FROM days
ORDER BY entity, metric`;

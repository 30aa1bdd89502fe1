import { z } from 'zod';
import { read, unpriced } from '../operations/rows.ts';
import { hourly } from '../operations/samples.ts';
import { abstain, type Capability, found, ranked } from '../shared/analyst.ts';
import { chanceOf, confidenceOf, discoveries } from '../shared/statistics.ts';

const hoursLeast = 120;
const correlationLeast = 0.4;
/** Lags looked at, in hours, to either side. */
const lagMost = 3;
/** Pairs grow with the square; of more metrics those with most hours are looked at. */
const metricsMost = 100;

const row = z.object({
  entity: z.string(),
  metric: z.string(),
  other: z.string(),
  otherMetric: z.string(),
  hours: z.number(),
  lag: z.number(),
  correlation: z.number(),
});
type Pair = z.output<typeof row>;

/**
 * Metrics that move together, and which one leads. Each is differenced by the hour and by the day, for two series with the same trend or
 * the same hours of work correlate without having to do with each other (Yule 1926).
 */
export const metricCorrelations: Capability = async ({ ask }) => {
  const asked = await read(ask(question, { days: '21' }), row);
  if (asked.rows.length === 0) return abstain(`No two metrics with ${hoursLeast} hours in common in the last 21 days.`);
  const pairs = discoveries(asked.rows, byChance, 0.01).filter(
    ({ correlation }) => Math.abs(correlation) >= correlationLeast,
  );
  return found(
    ranked(
      pairs.map((pair) => {
        const { leader, follower } = directionOf(pair);
        const together = pair.correlation > 0 ? 'with' : 'against';
        const when = pair.lag === 0 ? 'in the same hour' : `${Math.abs(pair.lag)} h later`;
        return {
          kind: 'optimisation',
          entity: leader.entity,
          title: `${follower.metric} of ${follower.entity} moves ${together} ${leader.metric} of ${leader.entity}, ${when}`,
          detail: `Correlation ${pair.correlation} of their changes over ${pair.hours} hours, trends and the hour of the day taken out.`,
          evidence: [
            asked.evidence(`correlation ${pair.correlation} at a lag of ${pair.lag} h over ${pair.hours} hours`),
          ],
          effect: { name: 'correlation of changes', value: pair.correlation, unit: 'Pearson’s r' },
          confidence: confidenceOf({ z: deviationsOf(pair), n: pair.hours / 24 }),
          action: unpriced(
            pair.lag === 0
              ? `When one of them is unusual look at the other, and alert on one of the two`
              : `Watch ${leader.metric} of ${leader.entity}: it tells ${Math.abs(pair.lag)} h ahead`,
          ),
        };
      }),
    ),
    { pairs },
  );
};

function directionOf({ entity, metric, other, otherMetric, lag }: Pair) {
  const [one, two] = [
    { entity, metric },
    { entity: other, metric: otherMetric },
  ];
  return lag >= 0 ? { leader: one, follower: two } : { leader: two, follower: one };
}

/**
 * Fisher's z. Differencing white noise so leaves autocorrelations of −½ at 1 and 24, ¼ at 23 and 25, which make the variance of r larger by
 * 1 + 2 Σρ² = 2.25 (Bartlett 1946).
 */
const deviationsOf = ({ correlation, hours }: Pair): number =>
  Math.atanh(Math.min(0.999, Math.max(-0.999, correlation))) * Math.sqrt(Math.max(0, hours / 2.25 - 3));

/** The largest of several lags was taken. */
const byChance = (pair: Pair): number => Math.min(1, chanceOf(deviationsOf(pair)) * (2 * lagMost + 1));

const question = `WITH ${hourly}, moves AS (
  SELECT entity, metric, hour, mean - any(mean) OVER back1 - (any(mean) OVER back24 - any(mean) OVER back25) AS move
  FROM hourly
  WHERE (entity, metric) IN (SELECT entity, metric FROM hourly GROUP BY entity, metric ORDER BY count() DESC, entity, metric LIMIT ${metricsMost})
  WINDOW back1 AS (PARTITION BY entity, metric ORDER BY hour ROWS BETWEEN 1 PRECEDING AND 1 PRECEDING),
    back24 AS (PARTITION BY entity, metric ORDER BY hour ROWS BETWEEN 24 PRECEDING AND 24 PRECEDING),
    back25 AS (PARTITION BY entity, metric ORDER BY hour ROWS BETWEEN 25 PRECEDING AND 25 PRECEDING)
  QUALIFY row_number() OVER (PARTITION BY entity, metric ORDER BY hour) > 25
), lagged AS (
  SELECT a.entity AS entity, a.metric AS metric, b.entity AS other, b.metric AS otherMetric, lag, count() AS hours,
    corr(a.move, b.move) AS r
  FROM (SELECT *, arrayJoin(range(-${lagMost}, ${lagMost + 1})) AS lag, hour + toIntervalHour(lag) AS meets FROM moves) AS a
  JOIN moves AS b ON b.hour = a.meets
  WHERE (a.entity, a.metric) < (b.entity, b.metric)
  GROUP BY entity, metric, other, otherMetric, lag
  HAVING hours >= ${hoursLeast} AND isFinite(r)
)
SELECT entity, metric, other, otherMetric, argMax(hours, abs(r)) AS hours, argMax(lag, abs(r)) AS lag, round(argMax(r, abs(r)), 3) AS correlation
FROM lagged
GROUP BY entity, metric, other, otherMetric
ORDER BY abs(correlation) DESC, entity, metric, other, otherMetric
LIMIT 5000`;

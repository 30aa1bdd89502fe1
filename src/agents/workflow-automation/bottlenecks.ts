import { z } from 'zod';
import { read, unpriced } from '../operations/rows.ts';
import { abstain, type Capability, found, ranked } from '../shared/analyst.ts';
import { asOf } from '../shared/sql.ts';
import { confidenceOf, normalOf } from '../shared/statistics.ts';
import { percentOf } from '../shared/telling.ts';
import { moves } from './steps.ts';

const timesLeast = 20;
/** Of all waiting of the process, and how much longer than the process's other waits. */
const shareLeast = 0.4;
const longerLeast = 2;
/** Standard errors of the slope from which the wait is said to grow or shrink. */
const trendLeast = 3;

const row = z.object({
  process: z.string(),
  after: z.string(),
  step: z.string(),
  times: z.number(),
  total: z.number(),
  share: z.number(),
  median: z.number(),
  p90: z.number(),
  others: z.number(),
  perWeek: z.number(),
  r: z.number(),
});
type Wait = z.output<typeof row>;

/** Where cases of a process wait: the step with most of all waiting, where it waits much longer than at the others, and whether it gets worse. */
export const bottlenecks: Capability = async ({ ask }) => {
  const asked = await read(ask(question), row);
  if (asked.rows.length === 0)
    return abstain(`No process with a step that came ${timesLeast} times after another in the last 90 days.`);
  const waits = asked.rows.filter(
    ({ share, median, others }) => share >= shareLeast && others > 0 && median >= others * longerLeast,
  );
  return found(
    ranked(
      waits.map((wait) => {
        const { process, after, step, times, total, share, median, p90, others, perWeek } = wait;
        return {
          kind: 'optimisation',
          entity: `process:${process}`,
          title: `${process} waits for "${step}" after "${after}"`,
          detail:
            `${percentOf(share)} of its waiting lies there: ${median} h (median), one in ten over ${p90} h, other steps ${others} h.` +
            (Math.abs(trendOf(wait)) >= trendLeast
              ? ` It ${perWeek > 0 ? 'grows' : 'shrinks'} by ${Math.abs(perWeek)} h a week.`
              : ''),
          evidence: [
            asked.evidence(`${times} waits for ${step} after ${after}: ${median} h, ${percentOf(share)} of ${total} h`),
          ],
          effect: { name: 'share of waiting', value: share, unit: 'share of the hours of the process' },
          confidence: confidenceOf({ z: 4 * Math.log2(median / others), n: times }),
          action: unpriced(
            `Give "${step}" more hands or fewer hand-overs: as fast as the other steps it would save ${Math.round(((median - others) * times) / 3)} h of waiting a month`,
          ),
        };
      }),
    ),
    { bottlenecks: waits },
  );
};

/** Of the slope of waits over time, as a normal deviate. */
const trendOf = ({ r, times }: Wait): number =>
  normalOf((r * Math.sqrt(times - 2)) / Math.sqrt(Math.max(1e-9, 1 - r * r)), times - 2);

const question = `WITH ${moves}, waits AS (
  SELECT process, activity AS after, then AS step, hours, at FROM moves WHERE then != ''
), pairs AS (
  SELECT process, after, step, count() AS times, sum(hours) AS total, quantilesExactInclusive(0.5, 0.9)(hours) AS marks,
    simpleLinearRegression(dateDiff('second', ${asOf}, at) / 604800, hours).k AS slope, corr(dateDiff('second', ${asOf}, at) / 604800, hours) AS along
  FROM waits GROUP BY process, after, step
), rest AS (
  SELECT pairs.process AS process, pairs.after AS after, pairs.step AS step, medianExactIf(waits.hours, waits.after != pairs.after OR waits.step != pairs.step) AS others
  FROM pairs JOIN waits ON waits.process = pairs.process
  WHERE pairs.times >= ${timesLeast}
  GROUP BY process, after, step
)
SELECT process, after, step, times, round(total, 1) AS total, round(total / sum(total) OVER (PARTITION BY process), 3) AS share,
  round(marks[1], 2) AS median, round(marks[2], 2) AS p90, round(ifNotFinite(rest.others, 0), 2) AS others,
  round(ifNotFinite(slope, 0), 3) AS perWeek, round(ifNotFinite(along, 0), 3) AS r
FROM pairs LEFT JOIN rest USING (process, after, step)
QUALIFY times >= ${timesLeast}
ORDER BY pairs.total DESC, process, after, step
LIMIT 500`;

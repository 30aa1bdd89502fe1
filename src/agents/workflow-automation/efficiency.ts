import { z } from 'zod';
import { read, unpriced } from '../operations/rows.ts';
import { abstain, type Capability, found, ranked } from '../shared/analyst.ts';
import type { AgentInsight } from '../../core/agent.ts';
import { asOf } from '../shared/sql.ts';
import { percentOf } from '../shared/telling.ts';
import { moves } from './steps.ts';

/** Cases in each half of the time looked at. */
const casesLeast = 15;
const slowerLeast = 1.25;
const chanceMost = 0.005;
/** What is done twice in fewer is no habit; in more, the process is meant so. */
const reworkLeast = 0.15;
const reworkMost = 0.8;
/** Of the cases that reach a step of the usual way, how many stop there. */
const stopLeast = 0.3;
/** Of the processes with most cases: a question each. */
const funnelsMost = 10;

const row = z.object({
  process: z.string(),
  cases: z.number(),
  early: z.number(),
  late: z.number(),
  hoursEarly: z.number(),
  hoursLate: z.number(),
  p: z.number(),
  reworked: z.number(),
  hoursReworked: z.number(),
  hoursOnce: z.number(),
  pRework: z.number(),
  twice: z.string(),
  way: z.array(z.string()),
});
type Process = z.output<typeof row>;
const funnelRow = z.object({ process: z.string(), reached: z.array(z.number()) });

/**
 * How processes do: lead times of cases begun in the first and in the second half of the last 76 days, each watched for 14 days; what is done
 * twice and how long that takes; and where on the usual way cases stop (`windowFunnel`).
 */
export const efficiency: Capability = async ({ ask }) => {
  const asked = await read(ask(question), row);
  const processes = asked.rows.filter(({ early, late }) => early >= casesLeast && late >= casesLeast);
  if (processes.length === 0)
    return abstain(`No process with ${casesLeast} cases in each half of the 76 days until two weeks ago.`);
  const pace = processes.flatMap((process) => paceOf(process, asked.evidence));
  const rework = processes.flatMap((process) => reworkOf(process, asked.evidence));
  const stops: AgentInsight[] = [];
  const long = processes.filter(({ way }) => way.length >= 2).toSorted((a, b) => b.cases - a.cases);
  for (const process of long.slice(0, funnelsMost)) {
    const [one = '', two = '', three = '', four = ''] = process.way;
    const funnel = await read(ask(funnelQuestion, { process: process.process, one, two, three, four }), funnelRow);
    stops.push(...funnel.rows.flatMap(({ reached }) => stopOf(process, reached, funnel.evidence)));
  }
  return found(ranked([...pace, ...rework, ...stops]), { processes });
};

type Quote = (text: string) => AgentInsight['evidence'][number];

function paceOf({ process, early, late, hoursEarly, hoursLate, p }: Process, quote: Quote): readonly AgentInsight[] {
  const ratio = hoursLate / Math.max(hoursEarly, 1e-9);
  if (p > chanceMost || (ratio < slowerLeast && ratio > 1 / slowerLeast)) return [];
  const text = `${hoursEarly} h (median of ${early}) before, ${hoursLate} h (median of ${late}) lately`;
  return [
    {
      kind: ratio > 1 ? 'risk' : 'opportunity',
      entity: `process:${process}`,
      title: `${process} has become ${ratio > 1 ? 'slower' : 'faster'}`,
      detail: `From the first to the last step of a case: ${text}.`,
      evidence: [quote(text)],
      effect: { name: 'change of lead time', value: Math.round(100 * (ratio - 1)) / 100, unit: 'share of before' },
      confidence: Math.min(0.99, 1 - p),
      action: unpriced(
        ratio > 1 ? `Look what changed in ${process}` : `Keep what changed in ${process}, and try it elsewhere`,
      ),
    },
  ];
}

function reworkOf(
  { process, cases, reworked, hoursReworked, hoursOnce, pRework, twice }: Process,
  quote: Quote,
): readonly AgentInsight[] {
  const share = reworked / cases;
  if (share < reworkLeast || share > reworkMost || pRework > chanceMost || hoursReworked < hoursOnce * slowerLeast)
    return [];
  const text = `${reworked} of ${cases} cases do a step again, mostly "${twice}": ${hoursReworked} h, others ${hoursOnce} h`;
  return [
    {
      kind: 'optimisation',
      entity: `process:${process}`,
      title: `${percentOf(share)} of ${process} do "${twice}" or another step again`,
      detail: `${text}.`,
      evidence: [quote(text)],
      effect: { name: 'rework', value: Math.round(1000 * share) / 1000, unit: 'share of cases' },
      confidence: Math.min(0.99, 1 - pRework),
      action: unpriced(
        `Look why "${twice}" is done again: it takes ${Math.round(hoursReworked - hoursOnce)} h more a case`,
      ),
    },
  ];
}

/** The largest drop on the usual way. */
function stopOf({ process, way }: Process, reached: readonly number[], quote: Quote): readonly AgentInsight[] {
  const drops = reached.slice(1).map((next, index) => ({
    after: way[index] ?? '',
    from: reached[index] ?? 0,
    stopped: (reached[index] ?? 0) - next,
  }));
  const [worst] = drops
    .filter(({ from }) => from >= casesLeast)
    .toSorted((a, b) => b.stopped / b.from - a.stopped / a.from);
  if (!worst || worst.stopped / worst.from < stopLeast) return [];
  const text = `${worst.stopped} of ${worst.from} cases stop after "${worst.after}" within 14 days`;
  return [
    {
      kind: 'opportunity',
      entity: `process:${process}`,
      title: `${percentOf(worst.stopped / worst.from)} of ${process} stop after "${worst.after}"`,
      detail: `${text}, on the way ${way.join(' → ')}.`,
      evidence: [quote(text)],
      effect: {
        name: 'cases that stop',
        value: Math.round((1000 * worst.stopped) / worst.from) / 1000,
        unit: 'share of cases',
      },
      confidence: 1 - 1 / Math.sqrt(worst.from),
      action: unpriced(`Remind, or ask why, once a case has stood at "${worst.after}" for longer than usual`),
    },
  ];
}

/** Cases that began long enough ago, each with its steps of 14 days. */
const cases = `begun AS (
  SELECT process, thing, min(at) AS start FROM moves GROUP BY process, thing
), watched AS (
  SELECT process, thing, any(start) AS began, count() AS steps, uniqExact(activity) AS kinds,
    dateDiff('second', began, max(at)) / 3600 AS hours, arraySort(groupArray((at, id, activity))) AS told
  FROM moves JOIN begun USING (process, thing)
  WHERE at <= start + INTERVAL 14 DAY AND start <= ${asOf} - INTERVAL 14 DAY
  GROUP BY process, thing
)`;

/** The usual way: activities of a fifth of the cases, in the order in which they come first on average; four at most. */
const question = `WITH ${moves}, ${cases}, firsts AS (
  SELECT process, activity, uniqExact(thing) AS within, avg(first) AS mean, countIf(times > 1) AS again
  FROM (SELECT process, thing, activity, min(place) AS first, count() AS times FROM moves GROUP BY process, thing, activity)
  GROUP BY process, activity
), ways AS (
  SELECT process, arraySlice(arrayMap(one -> one.2, arraySort(groupArrayIf((round(mean, 6), activity), within >= 0.2 * everything))), 1, 4) AS way,
    argMax(activity, (again, activity)) AS twice
  FROM (SELECT *, max(within) OVER (PARTITION BY process) AS everything FROM firsts)
  GROUP BY process
), judged AS (
  SELECT process, hours, steps > kinds AS again, toUInt8(began > ${asOf} - INTERVAL 52 DAY) AS half,
    uniqExact(again) OVER (PARTITION BY process) AS kindsOfCase, uniqExact(half) OVER (PARTITION BY process) AS halves
  FROM watched
), paces AS (
  SELECT process, tupleElement(mannWhitneyUTest('two-sided')(hours, half), 2) AS p FROM judged WHERE halves = 2 GROUP BY process
), reworks AS (
  SELECT process, tupleElement(mannWhitneyUTest('two-sided')(hours, toUInt8(again)), 2) AS p FROM judged WHERE kindsOfCase = 2 GROUP BY process
)
SELECT process, count() AS cases, countIf(half = 0) AS early, countIf(half = 1) AS late,
  round(ifNotFinite(medianExactIf(hours, half = 0), 0), 2) AS hoursEarly, round(ifNotFinite(medianExactIf(hours, half = 1), 0), 2) AS hoursLate,
  if(any(halves) = 2, round(ifNotFinite(any(paces.p), 1), 9), 1) AS p,
  countIf(again) AS reworked, round(ifNotFinite(medianExactIf(hours, again), 0), 2) AS hoursReworked,
  round(ifNotFinite(medianExactIf(hours, NOT again), 0), 2) AS hoursOnce,
  if(any(kindsOfCase) = 2, round(ifNotFinite(any(reworks.p), 1), 9), 1) AS pRework,
  any(ways.twice) AS twice, any(ways.way) AS way
FROM judged LEFT JOIN ways USING (process) LEFT JOIN paces USING (process) LEFT JOIN reworks USING (process)
GROUP BY process
ORDER BY process`;

const funnelQuestion = `WITH ${moves}, ${cases}, funnels AS (
  SELECT process, thing, windowFunnel(1209600000)(toUInt64(toUnixTimestamp64Milli(one.1)),
    one.3 = {one:String}, one.3 = {two:String}, one.3 = {three:String} AND {three:String} != '', one.3 = {four:String} AND {four:String} != '') AS level
  FROM watched ARRAY JOIN told AS one
  WHERE process = {process:String}
  GROUP BY process, thing
)
SELECT process, arrayFilter((reached, at) -> [{one:String}, {two:String}, {three:String}, {four:String}][at] != '',
  [countIf(level >= 1), countIf(level >= 2), countIf(level >= 3), countIf(level >= 4)], [1, 2, 3, 4]) AS reached
FROM funnels
GROUP BY process`;

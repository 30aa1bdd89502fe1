import type { AgentInsight } from '../../core/agent.ts';
import type { JsonObject } from '../../core/json.ts';
import { numberAt } from '../../core/read.ts';
import type { Rows } from '../../orchestration/agent.ts';
import { openStages } from '../../scoring/deal.ts';
import { asOf } from '../shared/sql.ts';
import { chanceOf, confidenceOf, discoveries, shares, type Difference } from '../shared/statistics.ts';
import { numberIn, percentOf } from '../shared/telling.ts';
import { stageChanges } from './deals.ts';

const stages = [...openStages, 'closedwon'];

/** Deals have as many days to come as far as they do; younger ones are left out. */
const within = 45;
/** Deals that began in the last four months, and in the eight before. */
const [lately, before] = [120, 240];

/** How far deals came within 45 days, by when they began: at least so many stages. */
export const funnelQuestion = `
  SELECT began > ${asOf} - INTERVAL ${within + lately} DAY AS late, ${stages.map((_, index) => `countIf(level >= ${index + 1}) AS reached${index}`).join(', ')}
  FROM (
    SELECT source, deal, min(time) AS began,
      windowFunnel(${within * 86_400})(toDateTime(time), ${stages.map((stage) => `stage = '${stage}'`).join(', ')}) AS level
    FROM ${stageChanges} GROUP BY source, deal
  )
  WHERE began <= ${asOf} - INTERVAL ${within} DAY AND began > ${asOf} - INTERVAL ${within + lately + before} DAY
  GROUP BY late ORDER BY late`;

export interface SlowerStep {
  /** `qualifiedtobuy → presentationscheduled` */
  readonly name: string;
  readonly late: { readonly hits: number; readonly of: number };
  readonly early: { readonly hits: number; readonly of: number };
  readonly difference: Difference;
}

/** Steps that fewer deals make within their time than used to. */
export function stepsOf(rows: Rows['rows']): readonly SlowerStep[] {
  const [early, late] = [
    rows.find((row) => numberIn(row, 'late') === 0),
    rows.find((row) => numberIn(row, 'late') === 1),
  ];
  if (!early || !late) return [];
  const steps = stages.slice(1).map((stage, index): SlowerStep => {
    const made = (row: JsonObject) => ({ hits: reached(row, index + 1), of: reached(row, index) });
    const [now, then] = [made(late), made(early)];
    return { name: `${stages[index]} → ${stage}`, late: now, early: then, difference: shares(now, then) };
  });
  return discoveries(steps, ({ difference }) => chanceOf(difference.z)).filter(({ difference }) => difference.z < 0);
}

const reached = (row: JsonObject, place: number): number => numberAt(row, `reached${place}`) ?? 0;

export function toldStep({ name, late, early, difference }: SlowerStep, org: string, steps: Rows): AgentInsight {
  const [now, then] = [late.hits / late.of, early.hits / early.of];
  const figure = `${late.hits} of ${late.of} deals made it within ${within} days, before ${early.hits} of ${early.of}`;
  return {
    kind: 'optimisation',
    entity: `org:${org}`,
    title: `Fewer deals go from ${name}: ${percentOf(now)}, before ${percentOf(then)}`,
    detail: `${figure}. As many as before would be ${Math.round((then - now) * late.of)} deals more.`,
    evidence: [steps.evidence(figure)],
    effect: { name: 'change of conversion', value: Math.round((now - then) * 1_000) / 1_000, unit: 'share' },
    confidence: confidenceOf(difference),
    action: {
      text: `Ask the sellers what has changed at ${name}, and look at the deals that stopped there`,
      expectedValue: null,
      currency: null,
    },
  };
}

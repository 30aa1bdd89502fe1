import type { AgentInsight } from '../../core/agent.ts';
import { textAt } from '../../core/read.ts';
import type { Rows } from '../../orchestration/agent.ts';
import { winProbability } from '../../scoring/deal.ts';
import { abstain, found, ranked, type Analysis, type Found } from '../shared/analyst.ts';
import { asOf, named } from '../shared/sql.ts';
import { confidenceOf } from '../shared/statistics.ts';
import { moneyOf, numberIn, textIn } from '../shared/telling.ts';
import { atRisk } from './at-risk.ts';
import { deals, stageChanges } from './deals.ts';
import { funnelQuestion, stepsOf, toldStep } from './funnel.ts';

/** Of fewer stays of won deals in a stage nothing is usual. */
const staysMin = 8;

/** How long deals that were won stood in each stage, days. */
const stays = `
  SELECT stage, count() AS stays, round(quantileExact(0.25)(days), 2) AS q1, round(quantileExact(0.5)(days), 2) AS median,
    round(quantileExact(0.75)(days), 2) AS q3
  FROM (
    SELECT source, deal, stage, time, dateDiff('second', time, leadInFrame(time) OVER (
      PARTITION BY source, deal ORDER BY time, id ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)) / 86400 AS days
    FROM ${stageChanges}
  )
  WHERE days > 0 AND (source, deal) IN (SELECT source, deal FROM ${deals} WHERE won)
  GROUP BY stage ORDER BY stage`;

const standing = `
  SELECT deal, entity, stage, amount, currency, seller, round(dateDiff('second', stageSince, ${asOf}) / 86400, 2) AS days
  FROM ${deals} WHERE NOT closed AND stage != '' AND ${named} ORDER BY deal`;

/** Sales velocity: what a day brings in = deals open × share won × size / days to close. */
const velocity = `
  SELECT countIf(NOT closed) AS stillOpen, countIf(won) AS wins, countIf(closed) AS ended, round(avgIf(amount, won), 2) AS size,
    round(quantileExactIf(0.5)(days, won), 2) AS cycle
  FROM ${deals} WHERE NOT closed OR stageSince > ${asOf} - INTERVAL 180 DAY`;

/**
 * Deals that stand longer than any that was won would (Tukey's outer fence), those that are at risk by their score, and steps at which more
 * deals stop than used to.
 */
export async function pipeline(analysis: Analysis): Promise<Found> {
  const { ask, task } = analysis;
  const [won, open, steps] = [await ask(stays), await ask(standing), await ask(funnelQuestion)];
  const usual = new Map(
    won.rows
      .filter((row) => numberIn(row, 'stays') >= staysMin)
      .map((row) => {
        const [q1, q3] = [numberIn(row, 'q1'), numberIn(row, 'q3')];
        const fence = q3 + 3 * Math.max(q3 - q1, 0.1 * q3, 1);
        return [textIn(row, 'stage'), { n: numberIn(row, 'stays'), median: numberIn(row, 'median'), fence }] as const;
      }),
  );
  const risks = await atRisk(analysis, open);
  if (usual.size === 0 && risks.length === 0) {
    return abstain(`no stage in which ${staysMin} deals stood that were won later: what is usual is not known`);
  }
  const stalled = open.rows.flatMap((row) => {
    const stage = usual.get(textIn(row, 'stage'));
    return stage && numberIn(row, 'days') > stage.fence ? [{ row, stage }] : [];
  });
  const insights = stalled.map(({ row, stage }) => toldStalled(row, stage, won, open));
  const slower = stepsOf(steps.rows);
  const flow = await ask(velocity);
  const stand = new Set(stalled.map(({ row }) => textIn(row, 'deal')));
  const others = risks.filter(({ subject }) => subject === undefined || !stand.has(subject));
  return found(ranked([...insights, ...others, ...slower.map((step) => toldStep(step, task.org, steps))]), {
    'stalled deals': stalled.map(({ row }) => textIn(row, 'deal')),
    'slower steps': slower.map(({ name }) => name),
    velocity: flow.rows,
  });
}

function toldStalled(
  row: Rows['rows'][number],
  { n, median, fence }: { n: number; median: number; fence: number },
  won: Rows,
  open: Rows,
): AgentInsight {
  const [deal, stage, days, amount] = [
    textIn(row, 'deal'),
    textIn(row, 'stage'),
    numberIn(row, 'days'),
    numberIn(row, 'amount'),
  ];
  const currency = textAt(row, 'currency') ?? null;
  const stands = `deal ${deal} has been ${Math.round(days)} days in ${stage}`;
  // The fence is about four deviations and a half above the median of a normal distribution.
  const z = (4.7 * (days - median)) / (fence - median);
  return {
    kind: 'risk',
    entity: textIn(row, 'entity'),
    subject: deal,
    title: `Deal ${deal} stands still: ${Math.round(days)} days in ${stage}`,
    detail: `Deals that were won stood there ${Math.round(median)} days, and none of ${n} longer than ${Math.round(fence)} would be usual. It is worth ${moneyOf(amount, currency)}.`,
    evidence: [
      open.evidence(stands),
      won.evidence(`${Math.round(median)} days in ${stage} are usual, of ${n} deals won`),
    ],
    effect: {
      name: 'days in the stage to what is usual',
      value: Math.round((days / Math.max(median, 0.1)) * 10) / 10,
      unit: 'times',
    },
    confidence: confidenceOf({ z, n }),
    action: {
      text: `Agree on a next step with a date for deal ${deal}, or close it`,
      expectedValue: amount > 0 ? Math.round(amount * (winProbability.get(stage) ?? 0.4)) : null,
      currency,
    },
  };
}

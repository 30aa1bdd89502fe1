import { setTimeout as sleep } from 'node:timers/promises';
import { factOf, factsOf } from '../../../src/orchestration/fold.ts';
import type { Run } from '../../../src/orchestration/run.ts';
import { aDecider, anAgent, aRequest, fiveSteps } from '../../orchestration/support/reference.ts';
import type { Bench, Figure, Row } from '../support/figure.ts';
import { missing, type LogKind } from '../support/log.ts';
import { bareGaps } from './bare.ts';
import { carryOut, quantileOf, type CarriedOut } from './runs.ts';

/** How long the agents take, ms. */
const agentMs = 5;
/** A run more or less at once warms nobody up: the code is compiled by then, as in a daemon that is at work. */
const warmUpRuns = 50;

/** From a step's end to its dependant's start, as the run's facts tell it, with many runs of five steps at once. */
export async function measureLatencies(bench: Bench): Promise<readonly Row[]> {
  return [...(await measureOn('embedded', bench)), ...(await measureOn('jetstream', bench))];
}

async function measureOn(kind: LogKind, bench: Bench): Promise<readonly Row[]> {
  const skipped = missing(kind);
  if (skipped !== undefined) return [{ what: `runs, ${kind}`, skipped }];
  await runsOf(kind, warmUpRuns);
  bench.progress(`runs, ${kind}: 100 at once`);
  const hundred = await figureOf(kind, 100, `100 runs at once, ${kind}`);
  const many = Math.max(100, Math.round(1_000 * bench.scale));
  bench.progress(`runs, ${kind}: ${many} in flight`);
  const thousand = await figureOf(kind, many, `${many} runs in flight, ${kind}`);
  return [{ ...hundred, target: { of: 'weir', below: 100 } }, thousand];
}

async function figureOf(kind: LogKind, count: number, what: string): Promise<Figure> {
  const { runs, seconds } = await runsOf(kind, count);
  const gaps = runs.flatMap(gapsOf);
  const bare = quantileOf(await bareGaps(kind, count, agentMs), 0.99);
  const weir = quantileOf(gaps, 0.99);
  const completed = runs.filter((run) => factOf(run, 'run-ended')?.fact.outcome === 'completed').length;
  return {
    what: `step end to dependant’s start, ${what}`,
    unit: 'ms, p99',
    weir,
    bare: { is: 'end, decision and item into the log, and out again', value: bare },
    ratio: bare / Math.max(1, weir),
    note: `p50 ${quantileOf(gaps, 0.5)} ms; ${completed} of ${count} completed in ${seconds.toFixed(1)} s`,
  };
}

function runsOf(kind: LogKind, count: number): Promise<CarriedOut> {
  const agents = [anAgent('first', () => sleep(agentMs).then(() => ({})))];
  const requests = Array.from({ length: count }, (_, index) => aRequest(`r${index}`));
  return carryOut(kind, requests, { how: aDecider(), agents, inFlight: count });
}

/** By step that needs others: from the end of the last of those to its own start, ms. */
function gapsOf(run: Run): readonly number[] {
  const ends = new Map(factsOf(run, 'step-finished').map(({ fact, at }) => [fact.step, at]));
  return factsOf(run, 'step-started').flatMap(({ fact: { step }, at }) => {
    const needs = fiveSteps.find(({ id }) => id === step)?.needs ?? [];
    return needs.length === 0 ? [] : [at - Math.max(...needs.map((need) => ends.get(need) ?? at))];
  });
}

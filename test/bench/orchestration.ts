import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../src/core/clock.ts';
import type { Log } from '../../src/log/log.ts';
import { factOf, factsOf, fold, noRun } from '../../src/orchestration/fold.ts';
import { decodeEntry } from '../../src/orchestration/facts.ts';
import type { Run } from '../../src/orchestration/run.ts';
import { startRun } from '../../src/orchestration/start.ts';
import { aDecider, anAgent, aRequest, fiveSteps } from '../orchestration/support/reference.ts';
import { createRig } from '../orchestration/support/rig.ts';
import type { Bench, Measure, Row } from './support/figure.ts';
import { missing, newLog, type LogKind } from './support/log.ts';

/** (k) From a step's end to its dependant's start, as the run's facts tell it, with many runs of five steps at once. */
export const measureOrchestration: Measure = async (bench) => [
  ...(await measureOn('embedded', bench)),
  ...(await measureOn('jetstream', bench)),
];

async function measureOn(kind: LogKind, bench: Bench): Promise<readonly Row[]> {
  const skipped = missing(kind);
  if (skipped !== undefined) return [{ what: `runs, ${kind}`, skipped }];
  bench.progress(`runs, ${kind}: 100 at once`);
  const hundred = await carryOut(kind, 100, 100);
  bench.progress(`runs, ${kind}: 1,000 in flight`);
  const thousand = await carryOut(kind, Math.max(100, Math.round(1_000 * bench.scale)), 1_000);
  return [
    {
      ...rowOf(`step end to dependant’s start, 100 runs at once, ${kind}`, hundred),
      target: { of: 'weir', below: 100 },
    },
    rowOf(`step end to dependant’s start, ${thousand.runs} runs in flight, ${kind}`, thousand),
  ];
}

interface Measured {
  readonly runs: number;
  readonly completed: number;
  readonly gaps: readonly number[];
  readonly seconds: number;
}

const rowOf = (what: string, { runs, completed, gaps, seconds }: Measured) => ({
  what,
  unit: 'ms, p99',
  weir: quantileOf(gaps, 0.99),
  note: `p50 ${quantileOf(gaps, 0.5)} ms; ${completed} of ${runs} completed in ${seconds.toFixed(1)} s`,
});

async function carryOut(kind: LogKind, count: number, inFlightPerOrg: number): Promise<Measured> {
  const { log, discard } = await newLog(kind);
  const agents = [anAgent('first', () => sleep(5).then(() => ({})))];
  const rig = createRig({ log, how: aDecider(), agents, inFlightPerOrg, workersAtOnce: 200 });
  await rig.start();
  const began = performance.now();
  const ids = Array.from({ length: count }, (_, index) => `r${index}`);
  const reading = runsOf(log, count);
  await Promise.all(ids.map((id) => startRun(log, systemClock, aRequest(id))));
  const runs = await reading;
  const seconds = (performance.now() - began) / 1_000;
  await rig.stop();
  await discard();
  const completed = runs.filter((run) => factOf(run, 'run-ended')?.fact.outcome === 'completed').length;
  return { runs: count, completed, gaps: runs.flatMap(gapsOf), seconds };
}

/** All runs, once all have ended. */
async function runsOf(log: Log, count: number): Promise<readonly Run[]> {
  const reader = log.read('RUNS', { after: 0, maxMessages: 512 });
  const runs = new Map<string, Run>();
  for (let ended = 0; ended < count;) {
    for (const { subject, sequence, data } of await reader.next()) {
      const entry = decodeEntry(data);
      runs.set(subject, fold(runs.get(subject) ?? noRun, entry, sequence));
      if (entry.facts.some(({ fact }) => fact === 'run-ended')) ended += 1;
    }
  }
  await reader.close();
  return [...runs.values()];
}

/** By step that needs others: from the end of the last of those to its own start, ms. */
function gapsOf(run: Run): readonly number[] {
  const ends = new Map(factsOf(run, 'step-finished').map(({ fact, at }) => [fact.step, at]));
  return factsOf(run, 'step-started').flatMap(({ fact: { step }, at }) => {
    const needs = fiveSteps.find(({ id }) => id === step)?.needs ?? [];
    return needs.length === 0 ? [] : [at - Math.max(...needs.map((need) => ends.get(need) ?? at))];
  });
}

function quantileOf(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

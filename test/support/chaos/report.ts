import type { Log } from '../../../src/log/log.ts';
import { decodeEntry } from '../../../src/orchestration/facts.ts';
import { factOf, factsOf, fold, noRun } from '../../../src/orchestration/fold.ts';
import type { Run } from '../../../src/orchestration/run.ts';
import { fiveSteps } from '../../orchestration/support/reference.ts';

export interface ChaosReport {
  readonly figures: Readonly<Record<string, number>>;
  readonly faults: readonly string[];
  /** Of the first runs that failed, what was recorded of them: for whoever looks for the cause. */
  readonly told: readonly string[];
}

/** Failed runs that are told of. */
const toldMax = 3;

/** All runs as their subjects have them. */
export async function runsIn(log: Log): Promise<readonly Run[]> {
  const { lastSequence } = await log.info('RUNS');
  const reader = log.read('RUNS', { after: 0, maxMessages: 512 });
  const runs = new Map<string, Run>();
  for (let readTo = 0; readTo < lastSequence;) {
    for (const { subject, sequence, data } of await reader.next()) {
      runs.set(subject, fold(runs.get(subject) ?? noRun, decodeEntry(data), sequence));
      readTo = sequence;
    }
  }
  await reader.close();
  return [...runs.values()];
}

/** What became of them, and what is wrong with it: runs that failed, things said to be done that were not. */
export function reportOf(
  wanted: number,
  runs: readonly Run[],
  done: { readonly size: number; has(key: string): boolean },
): ChaosReport {
  const outcomes = runs.map((run) => factOf(run, 'run-ended')?.fact.outcome ?? 'none');
  const count = (outcome: string) => outcomes.filter((each) => each === outcome).length;
  const failed = wanted - count('completed') - count('undone');
  const finished = runs.flatMap((run) => factsOf(run, 'step-finished').map(({ fact }) => keyOf(run, fact.step)));
  const notDone = finished.filter((key) => !done.has(key));
  return {
    figures: {
      runs: wanted,
      completed: count('completed'),
      undone: count('undone'),
      failed,
      steps: finished.length,
      attemptsFailed: runs.reduce((sum, run) => sum + factsOf(run, 'step-failed').length, 0),
      attemptsStarted: runs.reduce((sum, run) => sum + factsOf(run, 'step-started').length, 0),
      effects: done.size,
    },
    faults: [
      ...(failed > 0 && failed >= wanted * 0.001 ? [`${failed} of ${wanted} runs failed`] : []),
      ...(new Set(finished).size < finished.length ? ['a step is finished twice'] : []),
      ...notDone.slice(0, 10).map((key) => `${key} is said to be done, and is not`),
      ...runs.flatMap((run) => leftStanding(run, done)).slice(0, 10),
    ],
    told: runs.filter(isFailed).slice(0, toldMax).flatMap(factsTold),
  };
}

const isFailed = (run: Run): boolean =>
  !['completed', 'undone'].includes(factOf(run, 'run-ended')?.fact.outcome ?? 'none');

/** What was recorded, a line each, in the order of the log; reports and plans cut short. */
function factsTold(run: Run): readonly string[] {
  return [...run.facts.values()]
    .toSorted((a, b) => a.place - b.place)
    .map(({ fact, at }) => `${new Date(at).toISOString()} ${JSON.stringify(fact).slice(0, 240)}`);
}

/** Of a run that says all was taken back: what was done and is not taken back. */
function leftStanding(run: Run, done: { has(key: string): boolean }): readonly string[] {
  if (factOf(run, 'run-ended')?.fact.outcome !== 'undone') return [];
  return fiveSteps
    .filter(({ undo, id }) => undo !== undefined && done.has(keyOf(run, id)) && !done.has(keyOf(run, `undo/${id}`)))
    .map(({ id }) => `${keyOf(run, id)} was done, and is not taken back`);
}

const keyOf = (run: Run, step: string) => `${factOf(run, 'requested')?.fact.request.id ?? ''}/${step}`;

import { messageOf } from '../core/errors.ts';
import type { Case } from './cases.ts';
import type { Pipeline } from './define.ts';
import { createEngine, type Engine, type EngineOptions } from './engine.ts';
import { differences } from './expectations.ts';
import { append, noOutputs, type Outputs } from './outputs.ts';
import { permutations, recordsOf, type CaseRecord } from './permute.ts';
import type { FrozenEntity } from './frozen.ts';
import { buckets, createState, type StateStore } from './state.ts';
import { createTuning } from './tuning.ts';

/** What is wrong with a pipeline. `way` says how its case was run when it showed. */
export interface Finding {
  readonly pipeline: string;
  readonly case: string;
  readonly way: 'straight' | 'restored' | 'permuted' | 'synchronous';
  readonly message: string;
}

/**
 * Runs a pipeline's cases three ways: straight through; restored from its written-down state at every record's border; and
 * with the records in other orders that its lateness allows. The first must give what the case expects, the other two
 * the same bytes as the first. Hidden state (`scan`, `groupBy`) shows in the second, dependence on other entities or on
 * the order of arrival in the third, work outside of `next(event)` after any of them.
 */
export async function checkPipeline(pipeline: Pipeline, cases: readonly Case[]): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const example of cases) {
    const find = (way: Finding['way'], message: string): void => {
      findings.push({ pipeline: pipeline.name, case: example.name, way, message });
    };
    try {
      await checkCase(pipeline, example, find);
    } catch (error) {
      find('straight', messageOf(error));
    }
  }
  return findings;
}

async function checkCase(
  pipeline: Pipeline,
  example: Case,
  find: (way: Finding['way'], message: string) => void,
): Promise<void> {
  const records = recordsOf(example.given);
  const run = { pipeline, options: optionsOf(pipeline, example) };
  for (const { name, message } of pipeline.settings?.faults(example.settings ?? {}) ?? [])
    find('straight', `${name}: ${message}`);
  const straight = await runStraight(run, records, (message) => find('synchronous', message));
  for (const message of differences(example.expect, straight)) find('straight', message);

  const expected = comparable(straight);
  const restored = comparable(runRestored(run, records));
  if (restored !== expected)
    find('restored', firstDifference(expected, restored, "state outside of the runtime's operators?"));

  for (const permuted of permutations(records, pipeline.lateness)) {
    const outputs = comparable(await runStraight(run, permuted, () => undefined));
    if (outputs === expected) continue;
    find('permuted', firstDifference(expected, outputs, 'depends on other entities, or on the order of arrival?'));
    return;
  }
}

interface Run {
  readonly pipeline: Pipeline;
  readonly options: EngineOptions;
}

/** `acme` is whose events cases are where they say nothing else. */
function optionsOf(pipeline: Pipeline, { settings }: Case): EngineOptions {
  const tuning = createTuning([pipeline]);
  const of = { org: 'acme', version: 1, at: '2026-01-01T00:00:00.000Z', segmentBy: null, segments: {} };
  if (settings) tuning.take({ ...of, settings: { [pipeline.name]: settings } });
  return { scoresFrom: 'outside', frozen: true, tuning };
}

async function runStraight(
  { pipeline, options }: Run,
  records: readonly CaseRecord[],
  notSynchronous: (message: string) => void,
): Promise<Outputs> {
  const engine = createEngine([pipeline], createState(), options);
  for (const record of records) show(engine, record);
  const outputs = engine.take();
  // Whatever a pipeline put off to a later tick has its chance to show now.
  await new Promise((resolve) => setTimeout(resolve, 1));
  try {
    engine.take();
  } catch (error) {
    notSynchronous(messageOf(error));
  }
  return outputs;
}

function runRestored({ pipeline, options }: Run, records: readonly CaseRecord[]): Outputs {
  const all = noOutputs();
  let written: readonly FrozenEntity[] = [];
  for (const record of records) {
    const store = createState();
    store.restore(written);
    const engine = createEngine([pipeline], store, options);
    show(engine, record);
    append(all, engine.take());
    written = writeDown(store);
  }
  return all;
}

/** Shows a record to the engine. */
function show(engine: Engine, { sequence, given }: CaseRecord): void {
  switch (given.kind) {
    case 'event':
      return engine.event(given.event, sequence);
    case 'score':
      return engine.score(given.score, sequence);
    case 'timer':
      return engine.timer(given.timer, sequence, Date.parse(given.timer.time));
    default:
      return given satisfies never;
  }
}

function writeDown(store: StateStore): readonly FrozenEntity[] {
  const { take } = store.beginSnapshot();
  const all = Array.from({ length: buckets }, (_, bucket) => [...take(bucket)]).flat();
  return JSON.parse(JSON.stringify(all)) as readonly FrozenEntity[];
}

/** The outputs as text, without what differs between runs that mean the same: sequences and the order across entities. */
function comparable(outputs: Outputs): string {
  const lines = [
    ...outputs.scores.map((score) => ({ ...score, output: 'score' })),
    ...outputs.insights.map((insight) => ({ ...insight, output: 'insight' })),
    ...outputs.alertObservations.map(({ position: _, receivedAt: __, ordinal: ___, ...rest }) => ({
      ...rest,
      output: 'alert',
    })),
    ...outputs.tasks.map((task) => ({ ...task, output: 'task' })),
    ...outputs.examples.map(({ position: _, ordinal: __, ...example }) => ({ ...example, output: 'example' })),
    ...outputs.dead.map(({ sequence: _, ...rest }) => ({ ...rest, output: 'dead' })),
  ];
  return lines
    .map((line) => JSON.stringify(line))
    .toSorted()
    .join('\n');
}

function firstDifference(expected: string, got: string, hint: string): string {
  const known = new Set(expected.split('\n'));
  const extra = got.split('\n').find((line) => line !== '' && !known.has(line));
  const missing = expected.split('\n').find((line) => line !== '' && !got.includes(line));
  const brief = (line: string): string => (line.length > 240 ? `${line.slice(0, 240)}…` : line);
  return `gives other outputs (${hint})${extra ? ` more: ${brief(extra)}` : ''}${missing ? ` missing: ${brief(missing)}` : ''}`;
}

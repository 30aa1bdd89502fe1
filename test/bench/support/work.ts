import { tap } from 'rxjs';
import { toneOf } from '../../../pipelines/gong/tone.ts';
import { systemClock } from '../../../src/core/clock.ts';
import type { Commit } from '../../../src/core/commit.ts';
import type { Json } from '../../../src/core/json.ts';
import type { NewMessage } from '../../../src/log/log.ts';
import { isEvent, type Input, type KeyedReducer, type Pipeline } from '../../../src/pipeline/define.ts';
import { createMemoryLog } from '../../support/memory-log.ts';
import { fill } from './events.ts';
import { itsParts, runPipelines } from './work-off.ts';

/** What weir does for some events, written down, so that a bare loop can do the same and nothing else. */
export interface Work {
  /** The rows of ClickHouse's `scores`, a line each. */
  readonly scoreRows: readonly string[];
  /** Every call of a scorer, with what it was shown and what it remembered. */
  readonly calls: readonly Call[];
  /** The commits, which are still to be written down and appended. */
  readonly commits: readonly { readonly subject: string; readonly commit: Commit }[];
}

export interface Call {
  /** What its pipeline calls the score. */
  readonly score: string;
  again(): void;
}

/** Runs the pipelines over the events in memory and keeps what they did. */
export async function recordWork(messages: readonly NewMessage[]): Promise<Work> {
  const calls: Call[] = [];
  const log = createMemoryLog(systemClock);
  await fill(log, messages);
  const { pipelines, happened } = await itsParts();
  let over = false;
  const recording = pipelines.map((pipeline) => recorded(pipeline, calls, () => over));
  await runPipelines(log, messages.length, { pipelines: recording, happened });
  over = true;
  const commits = log.messagesOf('SIGNALS').map(({ subject, data }) => ({ subject, commit: commitIn(data) }));
  return { calls, commits, scoreRows: commits.flatMap(({ commit }) => rowsOf(commit)) };
}

/**
 * The same pipeline, whose scorers' calls are kept. Scorers work in the steps that `scored` makes, and those are named for it; but
 * for the one of customers who leave, in a step of its own, and that of calls, in none.
 */
function recorded(pipeline: Pipeline, calls: Call[], over: () => boolean): Pipeline {
  return {
    ...pipeline,
    run: (input, state) =>
      pipeline.run(pipeline.name === 'gong' ? input.pipe(tap((call) => keepTone(call, calls))) : input, {
        settings: state.settings,
        pipeline: state.pipeline,
        // Called again there is no runtime to ask: the model as it is shipped costs the same.
        tuned: ({ defaults }) => defaults,
        judging: (model) => (over() ? { version: 0, state: model.initial } : state.judging(model)),
        keyed(name, reducer) {
          const score = scoreOf(name);
          return state.keyed(name, score === undefined ? reducer : kept(score, reducer, calls));
        },
      }),
  };
}

const scored = 'scored:';

/** The score a step makes; undefined where it makes none. */
function scoreOf(step: string): string | undefined {
  if (step.startsWith(scored)) return step.slice(scored.length);
  return step === 'churn' ? 'churn_risk' : undefined;
}

function keepTone(input: Input, calls: Call[]): void {
  if (!isEvent(input) || input.type !== 'gong.call') return;
  calls.push({ score: 'call_tone', again: () => void toneOf(input.data['callData'], input.id) });
}

function kept<I, S extends Json, O>(
  score: string,
  reducer: KeyedReducer<I, S, O>,
  calls: Call[],
): KeyedReducer<I, S, O> {
  return {
    ...reducer,
    on(state, input, moment) {
      calls.push({ score, again: () => void reducer.on(state, input, moment) });
      return reducer.on(state, input, moment);
    },
  };
}

function commitIn(data: Uint8Array): Commit {
  const commit: Commit = JSON.parse(Buffer.from(data).toString());
  return commit;
}

function rowsOf({ scores, storedAt }: Commit): readonly string[] {
  return scores.map((score) => `${JSON.stringify({ ...score, storedAt })}\n`);
}

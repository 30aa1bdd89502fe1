import { LRUCache } from 'lru-cache';
import type { Clock } from '../core/clock.ts';
import type { Commit, TaskRequest } from '../core/commit.ts';
import { WeirError } from '../core/errors.ts';
import { groupBy } from '../core/group.ts';
import { idOf } from '../core/ids.ts';
import type { Log } from '../log/log.ts';
import { subjects } from '../log/subjects.ts';
import { defaultLimits, type RunLimits } from './run.ts';
import { startRun } from './start.ts';
import {
  decodeTrigger,
  encodeTrigger,
  noTrigger,
  triggered,
  type TriggerRule,
  type TriggerState,
  type TriggerVerdict,
} from './trigger.ts';

/** What the triggers tell of themselves. */
export interface TriggerHappenings {
  /** What became of a task; `forgotten`: its commit is older than what RUNS keeps. */
  taskJudged(task: TaskRequest, verdict: TriggerVerdict | 'forgotten'): void;
}

export interface TriggersDeps {
  readonly log: Log;
  readonly clock: Clock;
  /** The rule of a task; undefined: it starts nothing. */
  ruleOf(task: TaskRequest): TriggerRule | undefined;
  readonly limits?: RunLimits;
  /** How long RUNS keeps a fact, ms. */
  readonly retentionMs: number;
  readonly happened: TriggerHappenings;
}

export interface Triggers {
  /**
   * Starts what commits' tasks ask for. Resolves when all of it is in the log. Rejects (`log-unavailable`, `log-full`) when some may not
   * be: call it again with the same, what is started is not started again. `committedAt`: when the first of the commits was appended, ms.
   */
  apply(commit: Pick<Commit, 'tasks'>, committedAt: number): Promise<void>;
}

/** A task, and the rule it is judged by. */
interface Ruled {
  readonly task: TaskRequest;
  readonly rule: TriggerRule;
}

/** Each attempt lost means another writer's won. So many in a row is no race any more. */
const attemptsMax = 50;
/** A message that starts more would be too large; the next takes the rest. The task that goes beyond the bytes is the last of its message. */
const startsMax = 20;
const startsBytesMax = 256 * 1024;
/** Rules of organisations remembered; of one that fell out the last runs are looked for again. */
const seenMax = 10_000;

/**
 * The subject `weir.triggers.<org>.<rule>` holds what a rule remembers, each message whole and with the runs it starts. It is appended
 * first, with the expected last sequence; then the runs, each at its own subject, once. Whoever finds a message sees to its runs before it
 * goes on, so that a crash between the two leaves nothing behind.
 */
export function createTriggers({
  log,
  clock,
  ruleOf,
  limits = defaultLimits,
  retentionMs,
  happened,
}: TriggersDeps): Triggers {
  /** By subject, the message whose runs are known to be there. */
  const seenTo = new LRUCache<string, number>({ max: seenMax });

  async function load(subject: string): Promise<{ state: TriggerState; sequence: number }> {
    const message = await log.last('RUNS', subject);
    if (!message) return { state: noTrigger, sequence: 0 };
    const state = decodeTrigger(message.data);
    if (seenTo.get(subject) !== message.sequence) await startAll(state);
    seenTo.set(subject, message.sequence);
    return { state, sequence: message.sequence };
  }

  async function startAll({ started }: TriggerState): Promise<void> {
    for (const request of started) await startRun(log, clock, request);
  }

  /** Judges the first of the tasks, as many as one message can start; gives those left. */
  async function applyTo(subject: string, tasks: readonly Ruled[]): Promise<readonly Ruled[]> {
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
      const { state: before, sequence } = await load(subject);
      let state: TriggerState = { ...before, started: [] };
      let bytes = 0;
      const judged: (readonly [TaskRequest, TriggerVerdict])[] = [];
      for (const { task, rule } of tasks) {
        if (state.started.length >= startsMax || bytes >= startsBytesMax) break;
        const next = triggered(state, task, rule, limits);
        if (next.verdict === 'started') bytes += Buffer.byteLength(JSON.stringify(next.state.started.at(-1)));
        state = next.state;
        judged.push([task, next.verdict]);
      }
      const stored = state.started.length === 0 || (await append(subject, state, sequence));
      if (!stored) continue;
      await startAll(state);
      for (const [task, verdict] of judged) happened.taskJudged(task, verdict);
      return tasks.slice(judged.length);
    }
    throw new WeirError('log-unavailable', `${subject} is written to from elsewhere without end.`);
  }

  async function append(subject: string, state: TriggerState, expectLast: number): Promise<boolean> {
    const { kind } = await log.append({ stream: 'RUNS', subject, data: encodeTrigger(state), expectLast });
    return kind === 'appended';
  }

  return {
    async apply({ tasks }, committedAt) {
      const wanted = tasks.flatMap((task): readonly Ruled[] => {
        const rule = ruleOf(task);
        return rule ? [{ task, rule }] : [];
      });
      if (clock.now() - committedAt > retentionMs) {
        for (const { task } of wanted) happened.taskJudged(task, 'forgotten');
        return;
      }
      const bySubject = groupBy(wanted, ({ task: { org, pipeline, rule } }) =>
        subjects.trigger(org, idOf(pipeline, rule)),
      );
      for (const [subject, all] of bySubject) {
        for (let left = all; left.length > 0;) left = await applyTo(subject, left);
      }
    },
  };
}

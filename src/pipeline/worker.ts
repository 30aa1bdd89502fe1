import type { Clock } from '../core/clock.ts';
import type { Commit } from '../core/commit.ts';
import { WeirError } from '../core/errors.ts';
import type { StreamEvent, TimerRecord } from '../core/event.ts';
import type { ModelRecord } from '../core/model.ts';
import type { HeldSettings } from '../core/settings.ts';
import { idOf } from '../core/ids.ts';
import type { LogMessage, SharedLog } from '../log/log.ts';
import type { Position } from '../log/position.ts';
import { parseEventSubject, subjects } from '../log/subjects.ts';
import { createApplier } from './applier.ts';
import { createCommits, parseCommit, type ReadyCommit } from './commits.ts';
import type { Pipeline } from './define.ts';
import { createEngineOn } from './engine.ts';
import type { Outputs } from './outputs.ts';
import type { Effects } from './effects.ts';
import { countsOf, type PipelineHappenings } from './happenings.ts';
import { hasTimes, isModelRecord, readable } from './readable.ts';
import type { Retry } from '../core/retry.ts';
import type { Held } from './held-model.ts';
import type { Seats } from './seats.ts';
import { createShelf } from './shelf.ts';
import type { FrozenEntity } from './frozen.ts';
import { createState, type StateLimits } from './state.ts';
import { heldIn } from './tell-settings.ts';
import { createTuning } from './tuning.ts';

export interface WorkerOptions {
  readonly partition: number;
  readonly pipelines: readonly Pipeline[];
  readonly log: SharedLog;
  readonly effects: Effects;
  readonly clock: Clock;
  readonly happened: PipelineHappenings;
  readonly retry: Retry;
  readonly limits: StateLimits;
  /** The pipelines, subscribed: all partitions share them. */
  readonly seats: Seats;
  /** Identity of EVENTS. */
  readonly created: string;
  /** A name of its own for this start. */
  readonly writer: string;
}

/** Where a worker begins: the state as of `restoredTo`, and outputs only of what lies behind `committed`. */
export interface Beginning {
  readonly state: readonly FrozenEntity[];
  readonly models: readonly Held[];
  readonly tuned: readonly HeldSettings[];
  readonly restoredTo: number;
  readonly committed: Pick<Position, 'sequence' | 'storedAt'>;
  /** Last sequence of the partition's subject in SIGNALS: the fence. */
  readonly fence: number;
  /** Added to sequences to give positions that only rise, even where the log was restored to an earlier state. */
  readonly offset: number;
}

interface Written {
  readonly appended: Promise<unknown>;
  readonly applied: Promise<void>;
}

export type Worker = ReturnType<typeof createWorker>;

/** Works one partition: records in, commits out, and their effects behind them. */
export function createWorker(options: WorkerOptions, beginning: Beginning) {
  const { partition, log, effects, clock, happened, retry } = options;
  const subject = subjects.signals(partition);
  const store = createState(options.limits);
  store.restore(beginning.state);
  const shelf = createShelf(options.pipelines);
  for (const model of shelf.restore(beginning.models)) happened.modelBegunAnew(partition, model);
  const tuning = createTuning(options.pipelines);
  tuning.restore(beginning.tuned);
  const engine = createEngineOn(options.seats, store, shelf, tuning);
  const commits = createCommits(options);
  let { fence, committed } = beginning;
  const applier = createApplier(effects, retry, fence);
  let appending: Promise<unknown> = Promise.resolve();
  let applying: Promise<void> = Promise.resolve();
  /** Whether commits wait for their turn, and what is handled until then joins them. */
  let gathering = false;

  /** Shows the engine a message of EVENTS. What cannot be read at all is left to the archive, which keeps it as dead. */
  function show(message: LogMessage): void {
    const position = message.sequence + beginning.offset;
    const parsed = parseEventSubject(message.subject);
    const text = Buffer.from(message.data.buffer, message.data.byteOffset, message.data.byteLength).toString('utf8');
    // Intake and this runtime write to EVENTS, what they have parsed before; and whoever else has rights on the log.
    if (parsed?.kind === 'event') {
      const event = readable<StreamEvent>(text);
      // Of whose it is the subject is what rights on the log go by, and what a timer's subject is made of.
      if (event?.org === parsed.org && typeof event.id === 'string' && hasTimes(event.time, event.receivedAt))
        engine.event(event, position);
    } else if (parsed?.kind === 'timer') {
      const timer = readable<TimerRecord>(text);
      if (timer && hasTimes(timer.time)) engine.timer(timer, position, message.storedAt);
    } else if (parsed?.kind === 'models') {
      const record = readable<ModelRecord>(text);
      // Whose models it is about the subject says.
      if (record && isModelRecord(record)) shelf.take({ ...record, org: parsed.org });
    } else if (parsed?.kind === 'settings') {
      const held = heldIn(readable(text), parsed.org);
      if (held) tuning.take(held);
    }
  }

  /** Runs the pipelines over a stretch of the partition's messages, synchronously. */
  function handle(messages: readonly LogMessage[]): void {
    for (const message of messages) {
      if (message.sequence <= beginning.restoredTo) continue;
      show(message);
      const outputs = engine.take();
      if (message.sequence <= beginning.committed.sequence) continue;
      commits.add(outputs.dead.length === 0 ? outputs : withSequence(outputs, message.sequence), message);
    }
    for (const forgotten of store.takeForgotten()) happened.memoryForgotten(forgotten);
  }

  /** Resolves when the commits are in the log, with what resolves when their effects are, and those of all before them. */
  async function appendAll(ready: readonly ReadyCommit[], again: Retry): Promise<{ readonly applied: Promise<void> }> {
    let applied: Promise<void> = Promise.resolve();
    for (const { commit: head, data: tail, records } of ready) {
      const commit = { ...head, applied: applier.applied };
      const data = Buffer.concat([Buffer.from(`{"applied":${commit.applied},`), tail.subarray(1)]);
      const appendedAt = clock.now();
      await append(commit, data, again);
      happened.committed(countsOf(commit, records), clock.now() - appendedAt);
      const { alertObservations, tasks, examples, dead } = commit;
      // Effects are applied in order, so the last tells of all.
      applied = applier.add({
        said: { partition, alertObservations, tasks, examples, dead },
        sequence: fence,
        appendedAt,
      });
      // Where an append fails first, that is what is told.
      applied.catch(() => undefined);
    }
    return { applied };
  }

  async function append(commit: Commit, data: Uint8Array, again: Retry): Promise<void> {
    const appended = await again(() => log.append({ stream: 'SIGNALS', subject, data, expectLast: fence }));
    if (appended.kind !== 'moved') {
      fence = appended.sequence;
      return;
    }
    // Either another worker was faster, or this very commit was stored and its acknowledgement lost.
    const last = await again(() => log.last('SIGNALS', subject));
    // Retention took this partition's last commit, while nothing was said for as long: nobody was faster.
    if (!last && fence !== 0) {
      fence = 0;
      return append(commit, data, again);
    }
    const written = last && parseCommit(last);
    if (written?.writer !== commit.writer || written.to !== commit.to) {
      happened.fenced(partition, written?.writer ?? 'unknown');
      throw new WeirError(
        'fenced',
        `Partition ${partition} is worked by ${written?.writer ?? 'another worker'}: stop one of the two daemons.`,
      );
    }
    fence = last?.sequence ?? fence;
  }

  /** Behind the commits that are being appended; which ones is asked when it is their turn. */
  function follow(take: () => readonly ReadyCommit[], again = retry): Written {
    const appended = appending.then(() => {
      const ready = take();
      const last = ready.at(-1)?.commit;
      if (last) committed = { sequence: last.to, storedAt: last.storedAt };
      return appendAll(ready, again);
    });
    const applied = appended.then((there) => there.applied);
    [appending, applying] = [appended, applied];
    return { appended, applied };
  }

  function takeGathered(): readonly ReadyCommit[] {
    gathering = false;
    return commits.take();
  }

  return {
    partition,
    store,
    shelf,
    tuning,
    handle,
    /**
     * Sees to it that what was handled is committed: at once, or, while a commit is being appended, together with what is handled until
     * that is in the log. Effects follow in order. Both promises stand for all that was handled so far, and reject with
     * `fenced` where another worker was faster; after a failed append nothing more is written, after a failed effect no other is
     * applied, and what is appended meanwhile is applied by the next start.
     */
    write(): Written {
      if (!gathering && commits.said()) {
        gathering = true;
        follow(takeGathered);
      }
      return { appended: appending, applied: applying };
    },
    /**
     * Resolves when no other worker can commit any more: a commit that says nothing stands behind theirs. Rejects with
     * `fenced` where another was faster.
     */
    async claim(again: Retry): Promise<void> {
      const { appended, applied } = follow(() => [commits.empty(committed)], again);
      // It has no effects: what it waits for is told to whoever wrote that.
      applied.catch(() => undefined);
      await appended;
    },
    /** Timer records for deadlines that quiet entities' clocks have passed, at most `atMost`. */
    dueTimers(now: number, atMost: number): readonly TimerRecord[] {
      const due: TimerRecord[] = [];
      for (const { org, entity, nextDueAt, lastTime, lastReceivedAt } of store.all()) {
        if (nextDueAt > lastTime + (now - lastReceivedAt)) continue;
        const time = new Date(nextDueAt).toISOString();
        due.push({ timer: idOf(String(partition), org, entity, time), org, entity, time });
        if (due.length === atMost) break;
      }
      return due;
    },
  };
}

/** A dead letter names the record itself, by its sequence: its bytes are read there. */
const withSequence = (outputs: Outputs, sequence: number): Outputs => ({
  ...outputs,
  dead: outputs.dead.map((input) => ({ ...input, sequence })),
});

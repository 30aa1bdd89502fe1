import { Observable, Subject, type Subscription } from 'rxjs';
import { durationMs } from '../core/duration.ts';
import { WeirError } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import type { ScoreSettings } from '../core/settings.ts';
import type { Input, Moment, Output, Pipeline, RuntimeSettings, State, Step } from './define.ts';
import { Passing } from './passing.ts';
import type { Shelf } from './shelf.ts';
import { cellsOf, isLive, type Cell } from './cell.ts';
import type { EntityState, StateStore } from './state.ts';

/** What the engine lends a running pipeline while it handles one input, and what comes of it. */
export interface Turn {
  readonly store: StateStore;
  readonly entity: EntityState;
  /** Event time of the input or deadline, ms. */
  readonly time: number;
  readonly cause: string;
  readonly late: boolean;
  /** What is set of the pipeline for the entity; undefined: nothing. */
  readonly settings: ScoreSettings | undefined;
  readonly judging: Shelf['judging'];
  /** What stood where before it was changed, in the order of the changes. */
  readonly undo: Change[];
  /** What the pipeline said; one more than `maxOutputsPerInput` at most. */
  readonly said: Output[];
}

export interface Change {
  /** Where, as `Cells` has it. */
  readonly operator: string;
  readonly key: string;
  readonly before: Cell | undefined;
}

/** Outputs of one pipeline for one input; beyond, the input is dead for it. */
export const maxOutputsPerInput = 1_000;

/** A pipeline that is subscribed: RxJS outside, and its keyed reducers reachable by name for their deadlines. */
export interface Instance {
  readonly pipeline: Pipeline;
  readonly latenessMs: number;
  /** Hands over one input. Throws what the pipeline threw; it is subscribed anew then. */
  next(input: Input, turn: Turn): void;
  /** Wakes one key of an operator. Does nothing where the operator is gone. */
  wake(cell: Cell, turn: Turn): void;
}

interface Operator {
  wake(cell: Cell): void;
}

/** What an operator's cells are made with. */
interface Kept<S> {
  readonly name: string;
  /** What they are found by. */
  readonly cells: string;
  readonly initial: S;
  readonly ttlMs: number;
}

export interface InstanceOptions {
  readonly settings: RuntimeSettings;
  /** Freezes inputs and states. */
  readonly frozen: boolean;
  /** Told when it works outside of a turn: a mistake that cannot be handled, for its output would belong to no event. */
  broken(error: WeirError): void;
}

/** Subscribes a pipeline. */
export function createInstance(pipeline: Pipeline, { settings, frozen, broken }: InstanceOptions): Instance {
  const latenessMs = durationMs(pipeline.lateness);
  const operators = new Map<string, Operator>();
  let turn: Turn | undefined;
  let failure: { readonly error: unknown } | undefined;
  let input = new Subject<Input>();
  let subscribed = false;
  let subscription: Subscription | undefined;

  const current = (): Turn => {
    if (turn) return turn;
    throw outsideOfATurn();
  };

  /** Runs one step of an operator's reducer and stores what it leaves behind. */
  function step<S extends Json, O>(
    { name, cells, initial, ttlMs }: Kept<S>,
    key: string,
    reduce: (state: S, moment: Moment) => Step<S, O>,
  ): readonly O[] {
    const turn = current();
    const { store, entity, time, cause, late, undo } = turn;
    const cell = entity.cells.get(cells, key);
    const live = cell !== undefined && isLive(cell, entity.clock);
    // A cell holds what this very reducer put there: its place names pipeline, operator and version range.
    const before = live ? (cell.state as S) : initial;
    const moment = { time, cause, org: entity.org, entity: entity.entity, key, late };
    const { state, wakeAt, emit, givenUp = 0 } = reduce(before, moment);
    if (givenUp > 0) store.forgot(pipeline.name, 'matches', givenUp);
    if (state === undefined || (state === initial && wakeAt === undefined)) {
      if (!cell) return emit;
      undo.push({ operator: cells, key, before: cell });
      store.put(entity, cells, key, undefined);
      return emit;
    }
    if (frozen) deepFreeze(state);
    const expiresAt = Math.max(time, entity.clock) + ttlMs;
    const dueAt = wakeAt === undefined ? undefined : wakeAt + latenessMs;
    if (cell) {
      undo.push({ operator: cells, key, before: store.replace(entity, cell, state, expiresAt, wakeAt, dueAt) });
      return emit;
    }
    const made = { pipeline: pipeline.name, operator: name, key, state, expiresAt, wakeAt, dueAt };
    const dropped = store.put(entity, cells, key, made);
    if (dropped)
      undo.push({ operator: cellsOf(dropped.pipeline, dropped.operator), key: dropped.key, before: dropped });
    undo.push({ operator: cells, key, before: undefined });
    return emit;
  }

  const state: State = {
    settings,
    pipeline: pipeline.name,
    judging(model) {
      if (!pipeline.models.some(({ name }) => name === model.name)) {
        throw new WeirError('pipeline-invalid', `Pipeline "${pipeline.name}" lists no model "${model.name}".`);
      }
      const { entity, judging } = current();
      return judging(entity.org, model);
    },
    tuned(settings) {
      if (pipeline.settings !== settings) {
        throw new WeirError('pipeline-invalid', `Pipeline "${pipeline.name}" goes by settings that are not its own.`);
      }
      return settings.of(current().settings?.values);
    },
    keyed: (name, reducer) => (source) =>
      new Observable((subscriber) => {
        if (operators.has(name)) {
          throw new WeirError(
            'pipeline-invalid',
            `Pipeline "${pipeline.name}" subscribes "${name}" twice: give it another name, or put share() after it.`,
          );
        }
        const { initial, key = () => '' } = reducer;
        const kept = { name, cells: cellsOf(pipeline.name, name), initial, ttlMs: durationMs(reducer.ttl) };
        // What a reducer throws must reach the end of the chain, where the turn's failure is noted, and not RxJS's own handler.
        operators.set(name, {
          wake(cell) {
            const { wake } = reducer;
            if (!wake) return;
            try {
              const emitted = step(kept, cell.key, (state, moment) => later(wake(state, moment), moment));
              for (const output of emitted) subscriber.next(output);
            } catch (error) {
              subscriber.error(error);
            }
          },
        });
        subscriber.add(() => operators.delete(name));
        return source.subscribe(
          new Passing(subscriber, (value) =>
            step(kept, key(value), (state, moment) => reducer.on(state, value, moment)),
          ),
        );
      }),
  };

  const outsideOfATurn = (): WeirError =>
    new WeirError(
      'pipeline-invalid',
      `Pipeline "${pipeline.name}" works outside of next(event): pipelines are synchronous.`,
    );

  function subscribe(): void {
    subscription?.unsubscribe();
    failure = undefined;
    input = new Subject<Input>();
    subscription = pipeline.run(input.asObservable(), state).subscribe({
      next(output) {
        if (!turn) broken(outsideOfATurn());
        // What is thrown in here would reach nobody: RxJS reports it to the process.
        else if (turn.said.length <= maxOutputsPerInput) turn.said.push(output);
      },
      error(error: unknown) {
        failure = { error };
        if (!turn && subscribed) broken(outsideOfATurn());
      },
      complete() {
        if (subscribed)
          broken(
            new WeirError('pipeline-invalid', `Pipeline "${pipeline.name}" completes: it would see nothing more.`),
          );
      },
    });
    const failed = failure as { readonly error: unknown } | undefined;
    if (failed) throw failed.error;
    subscribed = true;
  }

  /** One turn: whatever the pipeline does in it happens before this returns, or never counts. */
  function take(given: Turn, act: () => void): void {
    turn = given;
    failure = undefined;
    try {
      act();
    } finally {
      turn = undefined;
    }
    const failed = failure as { readonly error: unknown } | undefined;
    if (failed) {
      subscribed = false;
      subscribe();
      throw failed.error;
    }
  }

  subscribe();
  return {
    pipeline,
    latenessMs,
    next: (value, given) => take(given, () => input.next(frozen ? deepFreeze(value) : value)),
    wake: (cell, given) => take(given, () => operators.get(cell.operator)?.wake(cell)),
  };
}

/** A deadline that asks to be woken at a time already past would fire for ever. */
function later<S, O>(step: Step<S, O>, moment: Moment): Step<S, O> {
  if (step.wakeAt === undefined || step.wakeAt > moment.time) return step;
  throw new RangeError('wake() must ask to be woken later than the deadline it was woken for');
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}

import type { Observable, OperatorFunction } from 'rxjs';
import type { AlertContent } from '../core/alert.ts';
import type { Duration } from '../core/duration.ts';
import type { Stream, StreamEvent } from '../core/event.ts';
import type { Insight } from '../core/insight.ts';
import type { Json, JsonObject } from '../core/json.ts';
import type { Contribution, Score } from '../core/score.ts';
import type { Template } from '../core/template.ts';
import { alertModel } from '../scoring/alert-usefulness.ts';
import type { Model } from '../scoring/model.ts';
import type { Settings, SettingShape, Tuned } from './define-settings.ts';

/** What a pipeline reads: events of its streams, and scores other pipelines made of the same or earlier events. */
export type Input = StreamEvent | Score;

export const isEvent = (input: Input): input is StreamEvent => 'specversion' in input;
export const isScore = (input: Input): input is Score => 'contributions' in input;

/**
 * What a pipeline says; the runtime adds id, org, entity, time, pipeline and version. Of two scores (or insights, or tasks)
 * with one name, subject and cause for one input, the last stands.
 */
export type Output = ScoreDraft | InsightDraft | AlertDraft | TaskDraft | ExampleDraft;

interface Draft {
  /** What caused it, where that is not the input at hand: `[start, end)` of a window, the awaited event and its deadline. */
  readonly cause?: string;
}

export interface ScoreDraft extends Draft {
  readonly output: 'score';
  readonly name: string;
  readonly subject: string | null;
  readonly value: number;
  readonly confidence: number;
  readonly contributions: readonly Contribution[];
}

export interface InsightDraft
  extends Draft, Pick<Insight, 'kind' | 'title' | 'detail' | 'expectedValue' | 'currency' | 'confidence' | 'eventIds'> {
  readonly output: 'insight';
  /** Tells insights of one pipeline and event apart. */
  readonly name: string;
}

export interface AlertDraft extends Draft {
  readonly output: 'alert';
  readonly rule: string;
  /** What makes it this alert and no other, within org, pipeline and rule: the entity, a deal's id, a metric's name. */
  readonly fingerprint: string;
  readonly change:
    | { readonly kind: 'raised'; readonly content: AlertContent; readonly count: number }
    | { readonly kind: 'cleared'; readonly why: string }
    | { readonly kind: 'expired'; readonly why: string };
}

export interface TaskDraft extends Draft {
  readonly output: 'task';
  readonly name: string;
  readonly goal: string;
  readonly context: JsonObject;
  /** What it is about, where that is more than the entity at hand: an incident, a region. Tasks of one name and key start one run. Absent: the entity. */
  readonly key?: string;
  /** The pipeline's own alert that is to be looked into: what comes of it will stand there. Same as in `alerted`. */
  readonly alert?: { readonly rule: string; readonly about?: string };
}

/** What became of a case that a model judged, for it to learn from. */
export interface ExampleDraft extends Draft {
  readonly output: 'example';
  /** One of the pipeline's `models`. */
  readonly model: string;
  readonly example: Json;
  /** What of the entity it is about, by its id: a deal, a payment. */
  readonly subject?: string;
}

/**
 * A pipeline: a pure, synchronous function from inputs to outputs. It reads no clock and no random number; every output
 * is emitted inside the input that caused it; whatever it remembers goes through `state`. RxJS's stateless operators
 * (`map`, `filter`, `merge`, `mergeMap` over arrays, `share`) are free to use; `scan`, `groupBy`, `delay` hide state and
 * `weir check` finds them out.
 */
export interface Pipeline {
  readonly name: string;
  /** Raised when the same input may give other output. Not part of any id. */
  readonly version: number;
  readonly description: string;
  /** Which events it reads. */
  readonly streams: readonly Stream[];
  /** Which scores of other pipelines it reads, by name. Those pipelines run before it; a circle is refused. */
  readonly scores: readonly string[];
  /** Which scores it makes, by name. */
  readonly makes: readonly string[];
  /** Which models judge in it, or learn from it. */
  readonly models: readonly Model[];
  /** Kinds of runs that its tasks ask for, beside those that come with weir: what their steps are. */
  readonly kinds?: readonly Template[];
  /** What may be set of it, for an organisation or a segment. */
  readonly settings?: Settings;
  /**
   * How long it waits for events that come out of order. Its input is sorted by event time per entity within this; what
   * comes later still is counted as late and handled on arrival. `0s`: nothing waits, everything is handled on arrival.
   */
  readonly lateness: Duration;
  run(input: Observable<Input>, state: State): Observable<Output>;
}

export type PipelineDefinition = Omit<Pipeline, 'scores' | 'makes' | 'models' | 'lateness'> &
  Partial<Pick<Pipeline, 'scores' | 'makes' | 'models' | 'lateness'>>;

/** The typed definition, and nothing that runs. */
export function definePipeline(definition: PipelineDefinition): Pipeline {
  const { models = [] } = definition;
  // What people say of alerts counts for the alerts of every pipeline (`alerted`).
  return { scores: [], makes: [], lateness: '0s', ...definition, models: [alertModel, ...models] };
}

/** The only way to remember anything: keyed reducers, per (org, entity) and key, kept by the runtime. */
export interface State {
  /** `name` is unique within the pipeline, and the operator is subscribed once: put `share()` after what is used twice. */
  keyed<I, S extends Json, O>(name: string, reducer: KeyedReducer<I, S, O>): OperatorFunction<I, O>;
  /**
   * What judges now in the organisation at hand: the version released last, or rolled back to; before any, what the model is
   * shipped with. Within an input alone. The same for all events between two records of the log.
   */
  judging<S extends Json>(model: Model<S>): Judging<S>;
  /** The pipeline's name. */
  readonly pipeline: string;
  /**
   * The pipeline's settings as they hold for the entity at hand, by its organisation and segment. Within an input alone. The same
   * for all events between two records of the log.
   */
  tuned<S extends SettingShape>(settings: Settings<S>): Tuned<S>;
  readonly settings: RuntimeSettings;
}

/** A version of a model; 0 is what it is shipped with. */
export interface Judging<S extends Json> {
  readonly version: number;
  readonly state: S;
}

/** What the configuration says that pipelines go by. Other settings may give other output. */
export interface RuntimeSettings {
  /** `alerts.expireAfter`: an alert nobody repeats is resolved after this. */
  readonly expireAfter: Duration;
}

export const defaultSettings: RuntimeSettings = { expireAfter: '14d' };

/**
 * A pure reducer over one key of one entity. States are never changed in place: they are shared with the snapshot being
 * written, and put back when an event turns out to be one the pipeline cannot handle.
 */
export interface KeyedReducer<I, S extends Json, O> {
  readonly initial: S;
  /** Forgotten when the entity's clock is this far past the key's last input. */
  readonly ttl: Duration;
  /** Which key of the entity (a deal, a metric); '' where the entity has just one. */
  key?(input: I): string;
  on(state: S, input: I, moment: Moment): Step<S, O>;
  /** Called when the entity's clock passes the `wakeAt` that the last step asked for. */
  wake?(state: S, moment: Moment): Step<S, O>;
}

export interface Step<S, O> {
  /** Undefined forgets the key. */
  readonly state: S | undefined;
  readonly emit: readonly O[];
  /** Event time, ms: wake this key when the entity's clock gets there. Absent: no deadline (an earlier one is dropped). */
  readonly wakeAt?: number;
  /** How many partial matches were given up for a bound in this step: counted by the runtime. */
  readonly givenUp?: number;
}

export interface Moment {
  /** Event time of the input, or the deadline that passed; ms. */
  readonly time: number;
  /** Id of the event or score at hand; for a wake, a hash of the deadline. */
  readonly cause: string;
  readonly org: string;
  readonly entity: string;
  readonly key: string;
  /** The input came later than the pipeline waits. */
  readonly late: boolean;
}

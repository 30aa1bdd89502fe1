import type { AlertObservation } from './alert.ts';
import { idOf } from './ids.ts';
import type { Insight } from './insight.ts';
import type { JsonObject } from './json.ts';
import type { Example } from './model.ts';
import type { Score } from './score.ts';

/** An event a pipeline could not handle: the event is stored, this pipeline's part of it is in the dead letters. */
export interface DeadInput {
  readonly pipeline: string;
  readonly eventId: string;
  readonly org: string;
  readonly sequence: number;
  readonly reason: string;
  readonly detail: string;
}

/** Work for agents, asked for by a pipeline: what starts a run. */
export interface TaskRequest {
  readonly id: string;
  readonly org: string;
  readonly entity: string;
  readonly goal: string;
  readonly context: JsonObject;
  readonly pipeline: string;
  /** The name it has in its pipeline: what kind of task it is, and what is counted and held down together. */
  readonly rule: string;
  readonly time: string;
  /** Tasks of a rule with one key are about the same, and start one run; absent: those about one entity. */
  readonly key?: string;
  /** Id of the alert that is looked into; absent: none. */
  readonly alert?: string;
}

/** The id of the run that a task starts, where it starts one. */
export const runOfTask = ({ org, pipeline, rule, id }: TaskRequest): string => idOf('run', org, pipeline, rule, id);

/**
 * One message of SIGNALS: output, position and fence of a batch at once. It covers the partition's records of EVENTS
 * with `from ≤ sequence ≤ to`, and is appended with the expected last sequence of `weir.signals.<partition>`.
 */
export interface Commit {
  /** Who wrote it, a name of its own per worker and start: tells an own commit whose acknowledgement was lost from another's. */
  readonly writer: string;
  readonly partition: number;
  /** Sequence in SIGNALS through which the partition's commits had all their effects in the log: a start goes on from there. */
  readonly applied: number;
  readonly from: number;
  readonly to: number;
  /** Identity of EVENTS and log time of the record at `to`, ms: a restored log shows by them. */
  readonly created: string;
  readonly storedAt: number;
  readonly scores: readonly Score[];
  readonly insights: readonly Insight[];
  readonly alertObservations: readonly AlertObservation[];
  readonly tasks: readonly TaskRequest[];
  /** What became of cases that models had judged: they learn from it. */
  readonly examples: readonly Example[];
  readonly dead: readonly DeadInput[];
  /** Ids of the events that came later than their pipeline waits, per pipeline. Handled, and kept visible. */
  readonly late: readonly { readonly pipeline: string; readonly eventId: string }[];
}

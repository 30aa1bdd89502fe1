import type { Commit, DeadInput } from '../core/commit.ts';
import type { Verdict } from '../log/position.ts';
import type { BegunAnew } from './shelf.ts';
import type { OtherVersion, PassedBy } from './manifest.ts';
import type { Forgotten } from './state.ts';

/** What a commit says, counted. */
export interface Committed {
  readonly partition: number;
  /** How many records it covers. */
  readonly records: number;
  readonly made: readonly Made[];
  /** The pipelines that events came too late for, one for each of these. */
  readonly late: readonly string[];
  readonly dead: readonly DeadInput[];
}

export interface Made {
  readonly pipeline: string;
  readonly output: 'score' | 'insight' | 'alert' | 'task' | 'example';
  readonly howMany: number;
}

/** P What the runtime tells of itself. */
export interface PipelineHappenings {
  committed(said: Committed, tookMs: number): void;
  /** The runtime is done with EVENTS up to here. */
  pipelinesReached(sequence: number, storedAt: number): void;
  snapshotWritten(partition: number, bytes: number, tookMs: number): void;
  snapshotFailed(partition: number, error: unknown): void;
  /** A snapshot could not be taken over: the start reads the log from further back. */
  snapshotPassedBy(partition: number, why: PassedBy): void;
  /** A pipeline is of another version than the one that remembered: it begins with nothing. */
  pipelineBegunAnew(partition: number, pipeline: OtherVersion): void;
  /** The same of a model. */
  modelBegunAnew(partition: number, model: BegunAnew): void;
  /** A position did not verify: the log is not as it was left. */
  positionRejected(reader: string, verdict: Verdict): void;
  eventsLost(reader: string, from: number, to: number): void;
  entitiesForgotten(partition: number, howMany: number): void;
  /** An entity has more cells, or a pattern more partial matches, than are kept. */
  memoryForgotten(forgotten: Forgotten): void;
  fenced(partition: number, by: string): void;
  retrying(reader: string, error: unknown, waitMs: number): void;
  /** An organisation's settings are others now, from this place of EVENTS on. */
  settingsChanged(org: string, version: number, sequence: number): void;
}

/** Counts what a commit says. */
export function countsOf(commit: Omit<Commit, 'applied'>, records: number): Committed {
  const { partition, scores, insights, alertObservations, tasks, examples, late, dead } = commit;
  const made = [
    ...counted('score', scores),
    ...counted('insight', insights),
    ...counted('alert', alertObservations),
    ...counted('task', tasks),
    ...counted('example', examples),
  ];
  return { partition, records, made, late: late.map(({ pipeline }) => pipeline), dead };
}

function counted(output: Made['output'], outputs: readonly { readonly pipeline: string }[]): readonly Made[] {
  const counts = new Map<string, number>();
  for (const { pipeline } of outputs) counts.set(pipeline, (counts.get(pipeline) ?? 0) + 1);
  return [...counts].map(([pipeline, howMany]) => ({ pipeline, output, howMany }));
}

import type { Commit } from '../core/commit.ts';
import type { Verdict } from '../log/position.ts';
import type { BegunAnew } from './shelf.ts';
import type { OtherVersion, PassedBy } from './manifest.ts';
import type { Forgotten } from './state.ts';

/** P What the runtime tells of itself. */
export interface PipelineHappenings {
  committed(commit: Commit, records: number, tookMs: number): void;
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

import type { ModelView } from '../core/model.ts';
import type { SharedLog } from '../log/log.ts';
import type { LogCalls } from '../log/remote.ts';
import type { Position } from '../log/position.ts';
import type { Committed, PipelineHappenings } from '../pipeline/happenings.ts';
import type { Effects } from '../pipeline/effects.ts';
import type { PipelineOptions } from '../pipeline/run.ts';
import type { Owner } from '../pipeline/tell-settings.ts';

/** What a thread of the pipelines is made with. */
export interface Given extends Pick<
  PipelineOptions,
  'partitions' | 'limits' | 'settings' | 'snapshotEveryMs' | 'snapshotEveryRecords' | 'idleTimers'
> {
  /** The partitions it works. */
  readonly worked: readonly number[];
  readonly logKind: SharedLog['kind'];
  /** Of the pipelines' modules. */
  readonly folder: string;
}

/** How far the pipelines have come. */
export interface Standing {
  /** In EVENTS, effects included. */
  readonly reached: Position;
  /** Batches whose effects are not applied yet. */
  readonly unapplied: number;
  /** Entities remembered, in all partitions that are worked. */
  readonly entities: number;
}

/** What the thread is asked. */
export interface ThreadCalls {
  /** `writer`: what its commits name as their writer. */
  start(writer: string): Promise<void>;
  stop(): Promise<void>;
  stands(): Promise<Standing>;
  models(org: string): Promise<readonly ModelView[]>;
  held(org: string): ReturnType<Owner['held']>;
  claim(): Promise<void>;
}

/** What happens with every batch: told together, for a message between threads costs more than what it says. */
export interface Progress {
  readonly committed: readonly { readonly said: Committed; readonly tookMs: number }[];
  readonly reached: { readonly sequence: number; readonly storedAt: number } | undefined;
}

/** What the thread asks of the process, and tells it. */
export interface ProcessCalls extends LogCalls, Omit<PipelineHappenings, 'committed' | 'pipelinesReached'> {
  apply: Effects['apply'];
  progressed(progress: Progress): void;
  failed(error: unknown): void;
}

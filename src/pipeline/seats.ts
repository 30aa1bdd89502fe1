import type { WeirError } from '../core/errors.ts';
import { defaultSettings, type Input, type Pipeline, type RuntimeSettings } from './define.ts';
import { createInstance, type Instance } from './instance.ts';
import { inOrder } from './topology.ts';

/** A pipeline at its place in the topological order, and what waits for it within the record at hand. */
export interface Seat {
  readonly index: number;
  readonly instance: Instance;
  readonly queue: Input[];
}

export interface SeatOptions {
  readonly settings?: RuntimeSettings;
  /** Whether the scores that are read must have a maker here. */
  readonly scoresFrom?: 'pipelines' | 'outside';
  /** Freezes inputs and states, so that a reducer that changes one in place is found out. Slow: for checks. */
  readonly frozen?: boolean;
}

export type Seats = ReturnType<typeof createSeats>;

/**
 * The pipelines, subscribed and in topological order. They remember nothing between two records, so all partitions of a process
 * run through the same ones, one record after another: what is run most is in the processor's caches once, not once a partition.
 */
export function createSeats(pipelines: readonly Pipeline[], options: SeatOptions = {}) {
  const { scoresFrom = 'pipelines', frozen = false, settings = defaultSettings } = options;
  let failure: WeirError | undefined;
  const inTurn = inOrder(pipelines, scoresFrom).map((pipeline, index): Seat => {
    const instance = createInstance(pipeline, {
      settings,
      frozen,
      broken(error) {
        failure = error;
      },
    });
    return { index, instance, queue: [] };
  });
  return {
    inTurn,
    readers: readersOf(inTurn),
    /** Throws `pipeline-invalid` where a pipeline worked outside of its turn. */
    check(): void {
      if (failure) throw failure;
    },
  };
}

/** Who reads what: seats by stream, by the name of a score, and by their pipeline's name. */
function readersOf(seats: readonly Seat[]) {
  const by = (keysOf: (pipeline: Pipeline) => readonly string[]): ReadonlyMap<string, readonly Seat[]> => {
    const readers = new Map<string, Seat[]>();
    for (const seat of seats) {
      for (const key of keysOf(seat.instance.pipeline)) readers.set(key, [...(readers.get(key) ?? []), seat]);
    }
    return readers;
  };
  return {
    events: by((pipeline) => pipeline.streams),
    scores: by((pipeline) => pipeline.scores),
    byName: new Map(seats.map((seat) => [seat.instance.pipeline.name, seat])),
  };
}

import type { Input, Pipeline } from './define.ts';
import type { Instance } from './instance.ts';

/** A pipeline at its place in the topological order, and what waits for it within the record at hand. */
export interface Seat {
  readonly index: number;
  readonly instance: Instance;
  readonly queue: Input[];
}

/** Who reads what: seats by stream, by the name of a score, and by their pipeline's name. */
export function readersOf(seats: readonly Seat[]) {
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

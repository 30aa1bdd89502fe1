import type { Json } from '../../core/json.ts';
import type { KeyedReducer, Moment, Step } from '../define.ts';
import { pass, take, wakeAtOf, type Moved, type Run } from './automaton.ts';
import { compile } from './compile.ts';
import { atMostByDefault, bytesOf, heldBytesMax, matchOf, namesFor, type Match, type Watching } from './match.ts';
import type { Within } from './pattern.ts';

/** What is remembered of a key: `atMost` partial matches, of 100 events at most each, of `heldBytesMax` all together. */
export type Watch<N extends string, K extends Json> = {
  /** The one that began first comes first. */
  readonly runs: readonly Run<N, K>[];
  /** Event time of the newest event or deadline, ms. */
  readonly at: number;
  readonly givenUp: number;
};

/** Runs a pattern's automaton over the inputs of a key. */
export function watchFor<I, N extends string, K extends Json>(
  pattern: Within<N>,
  { events, keep, key = () => '', overlapping = false, atMost = atMostByDefault }: Watching<I, N, K>,
): KeyedReducer<I, Watch<N, K> | null, Match<N, K>> {
  const automaton = compile(pattern);

  function after(watch: Watch<N, K> | null, { runs, ended }: Moved<N, K>, moment: Moment) {
    const held = holdable(runs.slice(-atMost));
    const gone = runs.length - held.length;
    const givenUp = (watch?.givenUp ?? 0) + gone;
    const told = overlapping ? ended : ended.slice(0, 1);
    const usedUp = told.length > 0 && !overlapping;
    const step = waiting(
      usedUp ? [] : held,
      moment.time,
      givenUp,
      told.map((end) => matchOf(end, givenUp, moment.key)),
    );
    return gone > 0 ? { ...step, givenUp: gone } : step;
  }

  function waiting(
    runs: readonly Run<N, K>[],
    at: number,
    givenUp: number,
    matches: readonly Match<N, K>[],
  ): Step<Watch<N, K>, Match<N, K>> {
    const emit = distinct(matches);
    const wakeAt = wakeAtOf(automaton, runs);
    return wakeAt === undefined ? { state: undefined, emit } : { state: { runs, at, givenUp }, emit, wakeAt };
  }

  return {
    initial: null,
    // Whatever waits has a deadline, and is forgotten with it; a day more keeps it until that has passed.
    ttl: `${pattern.ms + 86_400_000}ms`,
    key,
    on(watch, input, moment) {
      const { time: at, cause: eventId, late } = moment;
      const runs = watch?.runs ?? [];
      const names = namesFor(automaton.names, events, input);
      if (names.size === 0 || late || (watch && at < watch.at))
        return waiting(runs, watch?.at ?? at, watch?.givenUp ?? 0, []);
      return after(watch, take(automaton, runs, { names, eventId, at, kept: keep?.(input) ?? null }), moment);
    },
    wake: (watch, moment) => after(watch, pass(automaton, watch?.runs ?? [], moment.time), moment),
  };
}

/** Those that began first, as many as there is room for. */
function holdable<N extends string, K extends Json>(runs: readonly Run<N, K>[]): readonly Run<N, K>[] {
  let bytes = 0;
  const beyond = runs.findIndex(({ taken }) => {
    for (const event of taken) bytes += bytesOf(event);
    return bytes > heldBytesMax;
  });
  return beyond < 0 ? runs : runs.slice(0, beyond);
}

/** Two ways through a pattern may take the same events. */
function distinct<M extends { readonly id: string }>(matches: readonly M[]): readonly M[] {
  return matches.length < 2 ? matches : [...new Map(matches.map((match) => [match.id, match])).values()];
}

import type { Json } from '../../core/json.ts';
import type { KeyedReducer } from '../define.ts';
import type { Taken } from './automaton.ts';
import { atMostByDefault, bytesOf, heldBytesMax, matchOf, namesFor, type Match, type Watching } from './match.ts';
import type { Ratio } from './pattern.ts';

/** Events a share is made of, oldest first: `atMost` of them, of `heldBytesMax` together; beyond, the oldest drop out. */
type Share<N extends string, K extends Json> = readonly Taken<N, K>[];

/** Watches a share of events in a sliding window; told, it begins anew unless shares may overlap. */
export function shareOf<I, N extends string, K extends Json>(
  ratio: Ratio<N>,
  { events, keep, key = () => '', overlapping = false, atMost = atMostByDefault }: Watching<I, N, K>,
): KeyedReducer<I, Share<N, K>, Match<N, K>> {
  if (ratio.least > atMost) throw new RangeError(`a ratio of at least ${ratio.least} needs atMost to be as large`);
  return {
    initial: [],
    ttl: `${ratio.ms + 86_400_000}ms`,
    key,
    on(before, input, { time: at, cause: eventId, late, key }) {
      const [name] = namesFor([ratio.of, ratio.among], events, input);
      const newest = before.at(-1)?.at ?? at;
      if (name === undefined || late || at < newest) return remembering(before, newest + ratio.ms);
      const seen = { name, eventId, at, kept: keep?.(input) ?? null };
      const share = holdable([...inWindow(before, at - ratio.ms), seen].slice(-atMost));
      if (!isMet(ratio, share)) return remembering(share, at + ratio.ms);
      const emit = [matchOf({ taken: share, end: at, byTime: false }, 0, key)];
      return overlapping ? { ...remembering(share, at + ratio.ms), emit } : { state: undefined, emit };
    },
    wake: () => ({ state: undefined, emit: [] }),
  };
}

function remembering<S extends readonly unknown[]>(share: S, wakeAt: number) {
  return share.length === 0 ? { state: undefined, emit: [] } : { state: share, emit: [], wakeAt };
}

/** The newest, as many as there is room for. */
function holdable<N extends string, K extends Json>(share: Share<N, K>): Share<N, K> {
  let bytes = 0;
  const beyond = share.findLastIndex((event) => (bytes += bytesOf(event)) > heldBytesMax);
  return share.slice(beyond + 1);
}

const inWindow = <N extends string, K extends Json>(share: Share<N, K>, after: number): Share<N, K> =>
  share.filter(({ at }) => at > after);

function isMet<N extends string, K extends Json>({ of, atLeast, least }: Ratio<N>, share: Share<N, K>): boolean {
  const count = share.filter(({ name }) => name === of).length;
  return share.length >= least && count >= atLeast * share.length;
}

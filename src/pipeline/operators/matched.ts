import type { OperatorFunction } from 'rxjs';
import type { Json } from '../../core/json.ts';
import type { State } from '../define.ts';
import type { Match, Watching } from '../steps/match.ts';
import { shapeOf } from '../steps/pattern.ts';
import { shareOf } from '../steps/ratio.ts';
import { watchFor } from '../steps/watch.ts';
import type { Share, Timed } from './pattern.ts';

export interface MatchedOptions<I, N extends string, K extends Json> extends Watching<I, NoInfer<N>, K> {
  /** Made with the words of `operators/pattern.ts`: a pattern or a ratio, with its `within`. */
  readonly pattern: Timed<N> | Share<N>;
}

/**
 * Tells when a pattern is found among the inputs of a key, in event time, by skip-till-next: a partial match takes the next
 * input that it can take, never one behind it, and passes by what it is not waiting for. One input is one event of a match
 * at most, and is held against `not` before anything else. An absence is certain when the entity's own clock has passed
 * its time, whatever else is quiet.
 *
 * Inputs older than one that was seen already take no part: what the pipeline's `lateness` allows is sorted, the rest is
 * late, counted and shown by the runtime. A partial match is forgotten when the time of its `within` is over, and all of
 * them when the pattern is another than it was: their cells bear its hash.
 */
export function matched<I, N extends string, K extends Json = null>(
  state: State,
  name: string,
  { pattern: { pattern }, ...watching }: MatchedOptions<I, N, K>,
): OperatorFunction<I, Match<N, K>> {
  const cells = `matched:${name}:${shapeOf(pattern)}`;
  return pattern.kind === 'ratio'
    ? state.keyed(cells, shareOf(pattern, watching))
    : state.keyed(cells, watchFor(pattern, watching));
}

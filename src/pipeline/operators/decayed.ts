import type { OperatorFunction } from 'rxjs';
import type { State } from '../define.ts';
import { decayedCount, type DecayedCount, type DecayedOptions } from '../steps/decayed.ts';

/**
 * A counter that forgets: what is added counts half after each half-life, in event time. Where the half-life changes, the
 * value as it stands goes on under the new one.
 */
export function decayed<I>(
  state: State,
  name: string,
  options: DecayedOptions<I>,
): OperatorFunction<I, DecayedCount<I>> {
  return state.keyed(`decayed:${name}`, decayedCount(options));
}

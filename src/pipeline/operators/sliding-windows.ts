import type { OperatorFunction } from 'rxjs';
import type { Json } from '../../core/json.ts';
import type { State } from '../define.ts';
import { sliding, type SlidingOptions, type SlidingWindow } from '../steps/sliding.ts';

/** Tells, with each input, all that came within a time before it: for medians, trends, distinct people. */
export function slidingWindows<I, T extends Json>(
  state: State,
  name: string,
  options: SlidingOptions<I, T>,
): OperatorFunction<I, SlidingWindow<I, T>> {
  return state.keyed(`slidingWindows:${name}`, sliding(options));
}

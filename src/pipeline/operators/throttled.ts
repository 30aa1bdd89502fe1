import type { OperatorFunction } from 'rxjs';
import type { Json } from '../../core/json.ts';
import type { State } from '../define.ts';
import { throttle, type Paced, type ThrottleOptions } from '../steps/pace.ts';

/**
 * Tells at most one in a time: the first at once, the latest of those after it when the time is up. Nothing is lost but
 * what a later one stands for. Where `every` changes, the time that runs ends as it was going to.
 */
export function throttled<I, T extends Json>(
  state: State,
  name: string,
  options: ThrottleOptions<I, T>,
): OperatorFunction<I, Paced<T>> {
  return state.keyed(`throttled:${name}`, throttle(options));
}

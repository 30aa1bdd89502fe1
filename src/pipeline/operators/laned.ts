import type { OperatorFunction } from 'rxjs';
import type { State } from '../define.ts';
import { lanes, type Laned, type LanesOptions } from '../steps/lanes.ts';

/**
 * Says of each input whether it is late for its key, and counts the late ones: `filter` the lane you want to go on with,
 * and make a score or an insight of the other. The watermark is the key's own, so a quiet one neither waits nor stalls.
 */
export function laned<I>(state: State, name: string, options: LanesOptions<I>): OperatorFunction<I, Laned<I>> {
  return state.keyed(`laned:${name}`, lanes(options));
}

import type { OperatorFunction } from 'rxjs';
import type { State } from '../define.ts';
import { cool, type Cooled, type CooldownOptions } from '../steps/pace.ts';

/** Lets one pass and holds back those that follow too soon. `throttled` tells the latest of them later; this does not. */
export function cooldown<I>(state: State, name: string, options: CooldownOptions<I>): OperatorFunction<I, Cooled<I>> {
  return state.keyed(`cooldown:${name}`, cool(options));
}

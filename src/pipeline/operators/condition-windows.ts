import type { OperatorFunction } from 'rxjs';
import type { Json } from '../../core/json.ts';
import type { State } from '../define.ts';
import { spell, type SpellOptions } from '../steps/spell.ts';
import type { ClosedWindow } from '../steps/windows.ts';

/**
 * Sums up all that comes from an input that opens a window to one that closes it: an outage, a negotiation, a trial.
 * Where its options change, a window that is open goes on under the new ones from its next input.
 */
export function conditionWindows<I, S extends Json>(
  state: State,
  name: string,
  options: SpellOptions<I, S>,
): OperatorFunction<I, ClosedWindow<S>> {
  return state.keyed(`conditionWindows:${name}`, spell(options));
}

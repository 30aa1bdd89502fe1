import type { OperatorFunction } from 'rxjs';
import type { Json } from '../../core/json.ts';
import type { State } from '../define.ts';
import { filled, type FilledOptions } from '../steps/filled.ts';
import type { ClosedWindow } from '../steps/windows.ts';

/**
 * Sums up so many inputs at a time and tells it with the last of them.
 * Where its options change, a window that is open goes on under the new ones from its next input.
 */
export function countWindows<I, S extends Json>(
  state: State,
  name: string,
  options: FilledOptions<I, S>,
): OperatorFunction<I, ClosedWindow<S>> {
  return state.keyed(`countWindows:${name}`, filled(options));
}

import type { OperatorFunction } from 'rxjs';
import type { Json } from '../../core/json.ts';
import type { State } from '../define.ts';
import { hopping, type HoppingOptions } from '../steps/hopping.ts';
import type { ClosedWindow } from '../steps/windows.ts';

export type { ClosedWindow } from '../steps/windows.ts';

/**
 * Sums up in windows that begin every so often (tumbling, where `every` is left out), tells each when the entity's clock
 * passes its end, and again for every late input within `correctFor`.
 */
export function hoppingWindows<I, S extends Json>(
  state: State,
  name: string,
  options: HoppingOptions<I, S>,
): OperatorFunction<I, ClosedWindow<S>> {
  // Windows of other sizes are other windows: those that were open are forgotten where the sizes change.
  const { size, every = size } = options;
  return state.keyed(`hoppingWindows:${name}:${size}/${every}`, hopping(options));
}

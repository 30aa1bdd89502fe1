import type { OperatorFunction } from 'rxjs';
import type { Json } from '../../core/json.ts';
import type { State } from '../define.ts';
import { months, type MonthsOptions } from '../steps/months.ts';
import type { ClosedWindow } from '../steps/windows.ts';

/**
 * Sums up by calendar month, UTC, and tells each when the entity's clock passes its end, empty ones as well. `hoppingWindows` of
 * 30 days drift against what is paid on the first of each month.
 */
export function monthlyWindows<I, S extends Json>(
  state: State,
  name: string,
  options: MonthsOptions<I, S>,
): OperatorFunction<I, ClosedWindow<S>> {
  return state.keyed(`monthlyWindows:${name}`, months(options));
}

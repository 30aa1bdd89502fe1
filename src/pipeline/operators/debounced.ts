import type { OperatorFunction } from 'rxjs';
import type { Json } from '../../core/json.ts';
import type { State } from '../define.ts';
import { debounce, type DebounceOptions, type Paced } from '../steps/pace.ts';

/** Tells the latest once it has been quiet: what a record came to be, after a run of changes to it. */
export function debounced<I, T extends Json>(
  state: State,
  name: string,
  options: DebounceOptions<I, T>,
): OperatorFunction<I, Paced<T>> {
  return state.keyed(`debounced:${name}`, debounce(options));
}

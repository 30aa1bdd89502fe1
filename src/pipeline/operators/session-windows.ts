import type { OperatorFunction } from 'rxjs';
import type { Json } from '../../core/json.ts';
import type { State } from '../define.ts';
import { sessions, type SessionOptions } from '../steps/session.ts';
import type { ClosedWindow } from '../steps/windows.ts';

/**
 * Sums up what comes without a gap and tells it when the entity's own clock has passed the gap: a visit, a burst of
 * errors, a run of calls.
 * Where its options change, a session that is open goes on under the new ones from its next input.
 */
export function sessionWindows<I, S extends Json>(
  state: State,
  name: string,
  options: SessionOptions<I, S>,
): OperatorFunction<I, ClosedWindow<S>> {
  return state.keyed(`sessionWindows:${name}`, sessions(options));
}

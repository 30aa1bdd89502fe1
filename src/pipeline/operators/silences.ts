import type { OperatorFunction } from 'rxjs';
import type { State } from '../define.ts';
import { silence, type Silence, type SilenceOptions } from '../steps/silence.ts';

export type { Silence } from '../steps/silence.ts';

/**
 * Tells when a key that came regularly does not come any more, by its own usual interval, and when it comes again. `absent` waits
 * for something within a time that is said; this learns the time.
 */
export function silences<I>(state: State, name: string, options: SilenceOptions<I>): OperatorFunction<I, Silence> {
  return state.keyed(`silences:${name}`, silence(options));
}

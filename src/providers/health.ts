import type { Offer } from './provider.ts';
import { latencyAt, noneAsked, successAt, type ProvidersState } from './state.ts';

/** How a provider is, for people and metrics. */
export interface ProviderHealth {
  readonly name: string;
  /** `open`: its breaker is. `cooling`: it is left alone after a fault. `ailing`: it lately failed more often than not. */
  readonly is: 'well' | 'ailing' | 'cooling' | 'open';
  /** When that may end by itself, ms since 1970; null: not known, or well. */
  readonly until: number | null;
  /** Share of calls with an answer that could be used, lately; 0 … 1. */
  readonly success: number;
  /** Lately; 0: none known. */
  readonly latencyMs: number;
  readonly inFlight: number;
}

export function healthOf(state: ProvidersState, offers: readonly Offer[], now: number): readonly ProviderHealth[] {
  return offers.map(({ name }) => {
    const known = state.providers[name] ?? noneAsked;
    const { breaker, coolUntil, inFlight } = known;
    const success = successAt(known, now);
    const figures = { name, success, latencyMs: latencyAt(known, now), inFlight };
    if (breaker.openUntil !== null) return { ...figures, is: 'open', until: breaker.openUntil };
    if (now < coolUntil) return { ...figures, is: 'cooling', until: coolUntil };
    return { ...figures, is: success < 0.5 ? 'ailing' : 'well', until: null };
  });
}

import { verdictOf } from './breaker.ts';
import type { Offer } from './provider.ts';
import { noneAsked, minuteAt, successAt, type ProvidersState, type ProviderState } from './state.ts';
import { strategies, type Candidate, type Wanted } from './strategies.ts';

/** Which provider is asked, or that none can be; and of each why, or why not. */
export type Choice<P> =
  | { readonly kind: 'chosen'; readonly provider: P; readonly verdicts: Verdicts }
  | {
      readonly kind: 'none';
      /** When asking again may find one, ms; null: not for as long as the configuration stays as it is. */
      readonly retryAt: number | null;
      readonly verdicts: Verdicts;
    };

export type Verdicts = Readonly<Record<string, Verdict>>;

/**
 * `fit`, `probe` (its breaker lets one call through), `last-resort` (its breaker is open, and nobody else is left), or why it is not asked:
 * it lacks a capability, the prompt is too long for it, it was asked already, is left alone after a fault or by its breaker, has as
 * many calls as it may have, or had as many this minute.
 */
export type Verdict =
  | 'fit'
  | 'probe'
  | 'last-resort'
  | 'incapable'
  | 'too-long'
  | 'tried'
  | 'cooling'
  | 'open'
  | 'busy'
  | 'quota';

/**
 * Chooses among the providers that can answer by the strategy; where nobody else is left, one whose breaker is open. Those that lately failed
 * more often than not come after all others. Pure: the same state gives the same choice.
 */
export function choose<P extends { readonly offer: Offer }>(
  state: ProvidersState,
  providers: readonly P[],
  wanted: Wanted,
): Choice<P> {
  const candidates = providers.map((provider) => {
    const { offer } = provider;
    const known = state.providers[offer.name] ?? noneAsked;
    return { provider, offer, state: known, verdict: verdict(offer, known, wanted) };
  });
  const verdicts = Object.fromEntries(candidates.map(({ offer, verdict }) => [offer.name, verdict]));
  const able = candidates.filter(({ verdict }) => verdict === 'fit' || verdict === 'probe');
  const left = able.length > 0 ? able : candidates.filter(({ verdict }) => verdict === 'last-resort');
  const [best] = left.toSorted(inOrderOf(wanted));
  return best === undefined
    ? { kind: 'none', retryAt: retryAt(candidates, wanted.now), verdicts }
    : { kind: 'chosen', provider: best.provider, verdicts };
}

function verdict(offer: Offer, state: ProviderState, { needs, grade, tokens, tried, now }: Wanted): Verdict {
  if (needs.some((need) => (offer.capabilities[need] ?? -1) < grade)) return 'incapable';
  const all = tokens.input + tokens.output;
  if (all > offer.contextTokens || all > offer.tokensPerMinute) return 'too-long';
  if (tried.includes(offer.name)) return 'tried';
  if (now < state.coolUntil) return 'cooling';
  if (state.inFlight >= offer.maxConcurrent) return 'busy';
  const minute = minuteAt(state, now);
  if (minute.requests >= offer.requestsPerMinute || minute.tokens + all > offer.tokensPerMinute) return 'quota';
  const byBreaker = verdictOf(state.breaker, now);
  return byBreaker === 'ready' ? 'fit' : byBreaker;
}

function inOrderOf(wanted: Wanted): (a: Candidate, b: Candidate) => number {
  const by = strategies[wanted.strategy];
  const ailing = ({ state }: Candidate) => (successAt(state, wanted.now) < 0.5 ? 1 : 0);
  return (a, b) =>
    ailing(a) - ailing(b) ||
    by(a, wanted) - by(b, wanted) ||
    a.state.lastStarted - b.state.lastStarted ||
    (a.offer.name < b.offer.name ? -1 : 1);
}

/** When somebody may be asked who cannot be now. */
function retryAt(candidates: readonly (Candidate & { readonly verdict: Verdict })[], now: number): number | null {
  const soon = now + 1_000;
  const times = candidates.flatMap(({ state, verdict }) => {
    switch (verdict) {
      case 'cooling':
        return [state.coolUntil];
      case 'quota':
        return [minuteAt(state, now).start + 60_000];
      case 'busy':
      case 'open':
      case 'tried':
        return [Math.max(soon, state.coolUntil)];
      case 'incapable':
      case 'too-long':
      case 'fit':
      case 'probe':
      case 'last-resort':
        return [];
      default:
        return verdict satisfies never;
    }
  });
  return times.length === 0 ? null : Math.min(...times);
}

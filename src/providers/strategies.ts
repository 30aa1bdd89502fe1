import type { Offer } from './provider.ts';
import { latencyAt, type ProviderState } from './state.ts';

/** What is looked for. */
export interface Wanted {
  readonly strategy: Strategy;
  /** Capabilities, all of which are needed. */
  readonly needs: readonly string[];
  /** How good at each of them at least; 0 … 1. */
  readonly grade: number;
  /** At the worst case. */
  readonly tokens: { readonly input: number; readonly output: number };
  /** Providers that were asked already. */
  readonly tried: readonly string[];
  /** ms. */
  readonly now: number;
  /** What each is worth by what was learned of it, by name; absent: nothing was. */
  readonly worth?: ReadonlyMap<string, number> | undefined;
}

export interface Candidate {
  readonly offer: Offer;
  readonly state: ProviderState;
}

export type Strategy = keyof typeof strategies;

/** By what providers that can answer are told apart: the lowest is asked. Where they are level, who was asked longest ago. */
export const strategies = {
  /** One after the other. */
  'round-robin': ({ state }: Candidate) => state.lastStarted,
  /** Who has the smallest part of its calls at once taken. */
  'least-loaded': ({ offer, state }: Candidate) => state.inFlight / offer.maxConcurrent,
  /** Who is best at the worst of what is needed. */
  capability: ({ offer }: Candidate, { needs }: Wanted) =>
    -Math.min(1, ...needs.map((need) => offer.capabilities[need] ?? 0)),
  /** Who would cost least at the worst case. */
  cheapest: ({ offer }: Candidate, { tokens }: Wanted) => priceOf(offer, tokens),
  /** Who answered fastest lately; who has not been asked for long is tried again. */
  fastest: ({ state }: Candidate, { now }: Wanted) => latencyAt(state, now),
  /** Who is worth most by what runs have taught: success, cost and latency. */
  learned: ({ offer }: Candidate, { worth }: Wanted) => -(worth?.get(offer.name) ?? 0),
} as const satisfies Record<string, (candidate: Candidate, wanted: Wanted) => number>;

/** US dollars. */
export function priceOf({ price }: Offer, tokens: { readonly input: number; readonly output: number }): number {
  return (tokens.input * price.input + tokens.output * price.output) / 1_000_000;
}

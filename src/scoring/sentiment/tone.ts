import type { ToneDomain } from '../lexicon.ts';

export type Tone = 'negative' | 'neutral' | 'positive';

/**
 * Where neutral ends, to a twentieth. People complain without a bad word and thank out of habit, so neutral lies above zero. Chosen on
 * the development part of tweeteval (public), airline-tweets (support) and financial-phrasebank (finance).
 */
const neutral: Readonly<Record<ToneDomain, readonly [from: number, to: number]>> = {
  business: [-0.2, 0.25],
  support: [-0.05, 0.35],
  finance: [-0.15, 0.25],
  public: [-0.15, 0.2],
};

/** A value of a domain's scorer as a word. */
export function toneOf(value: number, domain: ToneDomain): Tone {
  const [from, to] = neutral[domain];
  if (value < from) return 'negative';
  return value > to ? 'positive' : 'neutral';
}

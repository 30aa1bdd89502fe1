import { added, sumAt, type Decayed } from '../decayed.ts';
import type { Features } from './logistic.ts';
import { logitOf } from './probability.ts';

/**
 * How cases went lately. Its clock is the number of outcomes, so that it forgets as fast as it learns. Four counters,
 * plain JSON.
 */
export type Recent = {
  readonly outcomes: number;
  readonly soon: Share;
  readonly long: Share;
};

/** Decayed counts of what went well, and of all. */
type Share = { readonly won: Decayed | null; readonly all: Decayed | null };

export const nothingRecent: Recent = {
  outcomes: 0,
  soon: { won: null, all: null },
  long: { won: null, all: null },
};

/** After so many outcomes one counts half. */
const halfLives = { soon: 30, long: 300 } as const;

/** For how many outcomes the wider rate counts beside what was seen. */
const shrinkage = 20;

/** The features of a case, and beside them log-odds by how cases went lately, for a model to learn from. */
export function withRecent({ outcomes, soon, long }: Recent, features: Features, baseRate: number): Features {
  const wide = rateOf(long, outcomes, halfLives.long, baseRate);
  const last = rateOf(soon, outcomes, halfLives.soon, wide);
  return { ...features, 'outcomes of late': logitOf(wide), 'last outcomes': logitOf(last) };
}

export function recentAfter(recent: Recent, won: boolean): Recent {
  const outcomes = recent.outcomes + 1;
  return {
    outcomes,
    soon: shareAfter(recent.soon, outcomes, won, halfLives.soon),
    long: shareAfter(recent.long, outcomes, won, halfLives.long),
  };
}

/** (wins + k·p) / (n + k): a few outcomes do not make a rate (a Beta prior of mean p that counts as k outcomes). */
function rateOf({ won, all }: Share, at: number, halfLife: number, expected: number): number {
  return (sumAt(won, at, halfLife) + shrinkage * expected) / (sumAt(all, at, halfLife) + shrinkage);
}

const shareAfter = ({ won, all }: Share, at: number, isWon: boolean, halfLife: number): Share => ({
  won: added(won, at, isWon ? 1 : 0, halfLife),
  all: added(all, at, 1, halfLife),
});

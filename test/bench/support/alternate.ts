/** Lets one contestant have one turn. */
export type Turn<Result> = () => Promise<Result>;

/**
 * Lets contestants take turns, round after round, so that whatever else the machine does hits all alike. The first turns of each
 * warm it and do not count. Resolves with the results of each, round by round.
 */
export async function alternate<Name extends string, Result>(
  contestants: readonly (readonly [Name, Turn<Result>])[],
  { rounds, warmUps = 1 }: { readonly rounds: number; readonly warmUps?: number },
  progress: (text: string) => void,
): Promise<(name: Name) => readonly Result[]> {
  const figures = new Map<Name, Result[]>(contestants.map(([name]) => [name, []]));
  for (let round = 1 - warmUps; round <= rounds; round += 1) {
    for (const [name, measure] of contestants) {
      progress(round > 0 ? `round ${round} of ${rounds}: ${name}` : `warming ${name}`);
      const figure = await measure();
      if (round > 0) figures.get(name)?.push(figure);
    }
  }
  return (name) => figures.get(name) ?? [];
}

/** Turns until a contestant has done so much that V8 has compiled all of it, and compiles none of it anew. */
export const warmUpsFor = (enough: number, ofATurn: number): number => Math.max(1, Math.ceil(enough / ofATurn));

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >>> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The median of the rounds' own ratios: two that ran one after the other shared their weather. */
export function medianRatio(ones: readonly number[], others: readonly number[]): number {
  return median(ones.map((one, round) => one / (others[round] ?? Number.NaN)));
}

/** The value below which such a share of them lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

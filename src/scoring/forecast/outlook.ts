/** What is forecast, in parts: step `h` is `level + trend[h − 1] + season[h − 1]`, in the unit of the history. */
export interface Outlook {
  readonly level: number;
  readonly trend: readonly number[];
  readonly season: readonly number[];
}

export const pointsOf = ({ level, trend, season }: Outlook): readonly number[] =>
  trend.map((part, step) => level + part + (season[step] ?? 0));

/** The mean of outlooks by weight, part by part. */
export function blended(outlooks: readonly { readonly outlook: Outlook; readonly weight: number }[]): Outlook {
  const mass = outlooks.reduce((sum, { weight }) => sum + weight, 0);
  const mean = (part: (outlook: Outlook) => number): number =>
    outlooks.reduce((sum, { outlook, weight }) => sum + weight * part(outlook), 0) / mass;
  const steps = outlooks[0]?.outlook.trend ?? [];
  return {
    level: mean(({ level }) => level),
    trend: steps.map((_, step) => mean(({ trend }) => trend[step] ?? 0)),
    season: steps.map((_, step) => mean(({ season }) => season[step] ?? 0)),
  };
}

/** What a method says of a history: the outlook, and how far off such an outlook has been. */
export interface Fit {
  readonly outlook: Outlook;
  /** The usual |error| of each step, in the unit of the history. */
  readonly usual: readonly number[];
  /** Errors of earlier outlooks, origin by origin, each in units of what was usual for its step. */
  readonly misses: readonly (readonly number[])[];
}

/** Errors are divided by what is usual, so that is never 0, also where a history never moves. */
export const usualMin = Number.MIN_VALUE * 2 ** 60;

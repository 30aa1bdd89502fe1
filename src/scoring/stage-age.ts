/**
 * How long deals stood in each stage, of those won and of those lost: what tells that a deal is overdue where it stands.
 * Plain JSON; at most `stagesMax` stages of two rows of nine counts. Older outcomes count less.
 */
export type StageAges = { readonly [stage: string]: Ages };

export type Ages = { readonly won: readonly number[]; readonly lost: readonly number[] };

/** How long a deal stood in a stage, days. */
export type Stay = { readonly stage: string; readonly days: number };

export const stagesMax = 40;

/** Bins that end at 1, 2, 4, … 128 days, and one for what is beyond. */
const binCount = 9;
const none: Ages = { won: Array.from({ length: binCount }, () => 0), lost: Array.from({ length: binCount }, () => 0) };

/** After so many stays in a stage one counts half. */
const halfLifeStays = 500;

/** For how many deals "as long as any other" counts beside what was seen. */
const shrinkage = 5;

/** The ages after a deal closed that stood so long in these stages. */
export function stageAgesAfter(ages: StageAges, stays: readonly Stay[], won: boolean): StageAges {
  return stays.reduce((after, { stage, days }) => {
    const known = agesIn(after, stage);
    if (!known && Object.keys(after).length >= stagesMax) return after;
    const { won: ofWon, lost: ofLost } = known ?? none;
    const left = 2 ** (-1 / halfLifeStays);
    const fed = (counts: readonly number[], hit: boolean) =>
      counts.map((count, bin) => count * left + (hit && bin === binOf(days) ? 1 : 0));
    return { ...after, [stage]: { won: fed(ofWon, won), lost: fed(ofLost, !won) } };
  }, ages);
}

/**
 * How often deals that were in a stage were won: (wins + 2p) / (n + 2), where p is what is expected of the stage. A few
 * outcomes do not make a rate.
 */
export function stageRate(ages: StageAges, stage: string, expected: number): number {
  const { won, lost } = agesIn(ages, stage) ?? none;
  const wins = sumOf(won);
  return (wins + 2 * expected) / (wins + sumOf(lost) + 2);
}

/**
 * What the age in a stage says, in log-odds: log of the share of won deals that stood there so long over that of the
 * lost. Nought while nothing is known of the stage.
 */
export function ageEffect(ages: StageAges, stage: string, days: number): number {
  const known = agesIn(ages, stage);
  return known ? Math.log(survivalOf(known.won, days) / survivalOf(known.lost, days)) : 0;
}

const agesIn = (ages: StageAges, stage: string): Ages | undefined =>
  Object.hasOwn(ages, stage) ? ages[stage] : undefined;

/** The share that stood at least so long, shrunk towards all. */
const survivalOf = (counts: readonly number[], days: number): number =>
  (sumOf(counts.slice(binOf(days))) + shrinkage) / (sumOf(counts) + shrinkage);

const sumOf = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);

const binOf = (days: number): number =>
  Math.min(binCount - 1, Math.max(0, Math.ceil(Math.log2(Math.max(days, Number.MIN_VALUE)))));

/** A run that is over, as far as patterns are sought in it. */
export interface PastRun {
  readonly kind: string;
  /** Skills of the steps that were finished, in the order they were. */
  readonly skills: readonly string[];
  readonly succeeded: boolean;
}

/** Skills that came in this order, others between them or not, in runs of a kind that went well more often than the others. */
export interface Suggestion {
  readonly kind: string;
  readonly sequence: readonly string[];
  readonly runs: number;
  readonly succeeded: number;
  /** 0 … 1: how often the kind's runs without it succeeded. */
  readonly otherwise: number;
  /** 0 … 1: how often it does with it, at the least (95 %). */
  readonly atLeast: number;
}

export const runsMax = 1_000;
export const lengthMax = 3;
export const suggestionsMax = 10;
/** Runs a sequence must have been seen in. */
export const supportMin = 10;

/**
 * Sequences of steps that went with success, the surest first: frequent subsequences (PrefixSpan: Pei et al. 2001) for which the lower
 * end of Wilson's interval (1927) lies above the rate of the runs without them. Suggestions: what goes with success need not be
 * its cause. Of the last `runsMax` runs.
 */
export function suggestionsFrom(runs: readonly PastRun[]): readonly Suggestion[] {
  const recent = runs.slice(-runsMax);
  return [...new Set(recent.map(({ kind }) => kind))]
    .flatMap((kind) => {
      const ofKind = recent.filter((run) => run.kind === kind);
      return frequentIn(ofKind).flatMap((frequent) => judged(kind, frequent, ofKind));
    })
    .toSorted((a, b) => b.atLeast - b.otherwise - (a.atLeast - a.otherwise) || (nameOf(a) < nameOf(b) ? -1 : 1))
    .slice(0, suggestionsMax);
}

/** All sequences of two to `lengthMax` skills that enough of the runs have; each is grown within the runs that have it. */
function frequentIn(runs: readonly PastRun[]): readonly Frequent[] {
  const skills = [...new Set(runs.flatMap((run) => run.skills))].toSorted();
  const found: Frequent[] = [];
  let grown: readonly Frequent[] = [{ sequence: [], runs }];
  for (let length = 1; length <= lengthMax; length += 1) {
    grown = grown.flatMap((shorter) =>
      skills
        .filter((skill) => !shorter.sequence.includes(skill))
        .map((skill) => [...shorter.sequence, skill])
        .map((sequence) => ({ sequence, runs: shorter.runs.filter((run) => has(run, sequence)) }))
        .filter(({ runs }) => runs.length >= supportMin),
    );
    if (length > 1) found.push(...grown);
  }
  return found;
}

interface Frequent {
  readonly sequence: readonly string[];
  /** Those that have it. */
  readonly runs: readonly PastRun[];
}

function judged(kind: string, { sequence, runs: withIt }: Frequent, runs: readonly PastRun[]): readonly Suggestion[] {
  const without = runs.filter((run) => !has(run, sequence));
  if (without.length < supportMin) return [];
  const succeeded = successesIn(withIt);
  const otherwise = successesIn(without) / without.length;
  const atLeast = wilsonLower(succeeded, withIt.length);
  return atLeast > otherwise ? [{ kind, sequence, runs: withIt.length, succeeded, otherwise, atLeast }] : [];
}

/** Whether a run has the skills in that order, with whatever between them. */
function has({ skills }: PastRun, sequence: readonly string[]): boolean {
  let at = 0;
  for (const skill of skills) if (skill === sequence[at]) at += 1;
  return at >= sequence.length;
}

/** The lower end of Wilson's 95 % interval of a rate. */
export function wilsonLower(successes: number, of: number): number {
  const z = 1.96;
  const rate = successes / of;
  const spread = z * Math.sqrt((rate * (1 - rate)) / of + (z * z) / (4 * of * of));
  return Math.max(0, (rate + (z * z) / (2 * of) - spread) / (1 + (z * z) / of));
}

const successesIn = (runs: readonly PastRun[]): number => runs.filter(({ succeeded }) => succeeded).length;

const nameOf = ({ kind, sequence }: Suggestion): string => [kind, ...sequence].join(' ');

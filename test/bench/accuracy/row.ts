/** One figure of accuracy: ours beside what others reach on the same data. */
export interface Accuracy {
  /** The score, as scoring and docs call it. */
  readonly score: string;
  /** Which data, and what is measured on it: `vader-sentiment tweets, Pearson r`. */
  readonly on: string;
  /** On the development part; absent where that is not here. */
  readonly dev?: number;
  /** On the part nothing was chosen by; absent where that is not here. */
  readonly heldOut?: number;
  /** Below it (or above, where less is better) the score is not done. */
  readonly floor: number;
  readonly goal: number;
  readonly better: 'higher' | 'lower';
  /** What others reach on the same data. */
  readonly anchors: string;
  /** Processor time of one item, µs. */
  readonly microseconds?: number;
  /** What that may be, µs. A limit that is missed is shown, and no fault: it depends on the machine. */
  readonly limit?: number;
  readonly note?: string;
}

/** What could not be measured here, and why. */
export interface Unmeasured {
  readonly score: string;
  readonly on: string;
  readonly absent: string;
}

export type AccuracyRow = Accuracy | Unmeasured;

export type Standing = 'goal' | 'floor' | 'BELOW';

/** Whether an item costs as little as it should; undefined where no limit is named, or nothing was measured. */
export function isWithinLimit(row: AccuracyRow): boolean | undefined {
  if ('absent' in row || row.limit === undefined || row.microseconds === undefined) return undefined;
  return row.microseconds <= row.limit;
}

/** Where the worse of its parts stands; undefined where nothing was measured. */
export function standingOf(row: AccuracyRow): Standing | undefined {
  if ('absent' in row) return undefined;
  const measured = [row.dev, row.heldOut].filter((value) => value !== undefined);
  if (measured.length === 0) return undefined;
  const reaches = (bar: number) => measured.every((value) => (row.better === 'higher' ? value >= bar : value <= bar));
  if (reaches(row.goal)) return 'goal';
  return reaches(row.floor) ? 'floor' : 'BELOW';
}

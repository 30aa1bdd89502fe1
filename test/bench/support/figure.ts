/** One row of the table: what weir does, beside the bare limit measured in the same run. */
export interface Figure {
  readonly what: string;
  readonly unit: string;
  readonly weir: number;
  /** The same figure of the bare loop, and what that loop is. */
  readonly bare?: { readonly is: string; readonly value: number };
  /** How near weir comes to the bare loop: 1 is as good. The median of the rounds' own ratios. */
  readonly ratio?: number;
  readonly target?: Target;
  /** What else is worth knowing. */
  readonly note?: string;
}

export type Target =
  | { readonly of: 'ratio'; readonly atLeast: number }
  | { readonly of: 'weir'; readonly below: number };

/** What could not be measured here, and why. */
export interface Skipped {
  readonly what: string;
  readonly skipped: string;
}

export type Row = Figure | Skipped;

/** Whether the target is met; undefined where there is none. */
export function isMet(row: Row): boolean | undefined {
  if ('skipped' in row || !row.target) return undefined;
  return row.target.of === 'ratio' ? (row.ratio ?? 0) >= row.target.atLeast : row.weir < row.target.below;
}

/** How a figure is taken. */
export interface Bench {
  /** Alternations with the bare loop. */
  readonly rounds: number;
  /** 1 is the whole of the work; less of it for a quick look. */
  readonly scale: number;
  /** How long the soak goes on. */
  readonly minutes: number;
  /** Says what it is at, to a person who waits. */
  progress(text: string): void;
}

export type Measure = (bench: Bench) => Promise<readonly Row[]>;

/** How often the last value came in a row, and how often one ever did. */
export type Flatline = {
  readonly value: number;
  /** Repetitions of the value so far: 0 at its first. */
  readonly run: number;
  readonly longest: number;
};

export const flatlineAt = (value: number): Flatline => ({ value, run: 0, longest: longestMin });

export const flatlineAfter = ({ value: last, run, longest }: Flatline, value: number): Flatline =>
  value === last ? { value, run: run + 1, longest } : { value, run: 0, longest: Math.max(longest, run) };

/** How rare a run is, in digits: nothing, until it is five times as long as any before. A series that never moved says nothing. */
export const rarityOfRun = ({ run, longest }: Flatline, seen: number): number =>
  run > longestTimes * longest && run < seen - 1 ? 6 : 0;

const longestMin = 3;
const longestTimes = 5;

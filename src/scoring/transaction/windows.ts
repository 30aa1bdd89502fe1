/** Time constants of the windows, days. */
export const windowDays = [1, 7, 30] as const;

/**
 * How many there were, and the sum of a figure of theirs, over about a day, a week and a month: each fades by
 * `e^(−age/window)` instead of dropping out, so that nothing need be kept but two numbers a window.
 */
export type Windows = {
  /** Event time they stand at, whole seconds. */
  readonly at: number;
  readonly counts: readonly number[];
  readonly sums: readonly number[];
};

export const emptyWindows = (at: number): Windows => ({ at, counts: [0, 0, 0], sums: [0, 0, 0] });

/** The windows at `second`; an earlier one finds them as they are. */
export function fadedTo({ at, counts, sums }: Windows, second: number): Windows {
  const passed = Math.max(second - at, 0);
  const left = windowDays.map((days) => Math.exp(-passed / (days * 86_400)));
  return {
    at: at + passed,
    counts: counts.map((value, index) => value * (left[index] ?? 0)),
    sums: sums.map((value, index) => value * (left[index] ?? 0)),
  };
}

/** `count` more, whose figures add up to `sum`. */
export function windowsAfter({ at, counts, sums }: Windows, count: number, sum: number): Windows {
  return { at, counts: counts.map((value) => value + count), sums: sums.map((value) => value + sum) };
}

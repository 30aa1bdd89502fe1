import { tenThousandths } from './rounded.ts';

/** Time constants of the windows, days. */
export const windowDays = [1, 7, 30] as const;

/** A figure for each of the windows. */
export type PerWindow = readonly [day: number, week: number, month: number];

/**
 * How many there were, and the sum of a figure of theirs, over about a day, a week and a month: each fades by
 * `e^(−age/window)` instead of dropping out, so that nothing need be kept but two numbers a window, to the ten-thousandth.
 */
export type Windows = {
  /** Event time they stand at, whole seconds. */
  readonly at: number;
  readonly counts: PerWindow;
  readonly sums: PerWindow;
};

export const emptyWindows = (at: number): Windows => ({ at, counts: [0, 0, 0], sums: [0, 0, 0] });

/** The windows at `second`; an earlier one finds them as they are. */
export function fadedTo(windows: Windows, second: number): Windows {
  const passed = second - windows.at;
  if (!(passed > 0)) return windows;
  const { counts, sums } = windows;
  const [day, week, month] = [left(passed, 0), left(passed, 1), left(passed, 2)];
  return {
    at: second,
    counts: [counts[0] * day, counts[1] * week, counts[2] * month],
    sums: [sums[0] * day, sums[1] * week, sums[2] * month],
  };
}

const left = (seconds: number, window: 0 | 1 | 2): number => Math.exp(-seconds / (windowDays[window] * 86_400));

/** The windows at `second` with `count` more, whose figures add up to `sum`. */
export function windowsAfter({ at, counts, sums }: Windows, second: number, count: number, sum: number): Windows {
  const passed = Math.max(second - at, 0);
  const [day, week, month] = [left(passed, 0), left(passed, 1), left(passed, 2)];
  return {
    at: at + passed,
    counts: [
      tenThousandths(counts[0] * day + count),
      tenThousandths(counts[1] * week + count),
      tenThousandths(counts[2] * month + count),
    ],
    sums: [
      tenThousandths(sums[0] * day + sum),
      tenThousandths(sums[1] * week + sum),
      tenThousandths(sums[2] * month + sum),
    ],
  };
}

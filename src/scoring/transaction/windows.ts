import { tenThousandths } from './rounded.ts';

/** Time constants of the windows, days. */
export const windowDays = [1, 7, 30] as const;

/** A figure for each of the windows. */
export type PerWindow = readonly [day: number, week: number, month: number];

/**
 * How many there were, and the sum of a figure of theirs, over about a day, a week and a month: each fades by
 * `e^(−age/window)` instead of dropping out, so that nothing need be kept but two numbers a window, to the ten-thousandth.
 * One list without names: it is made anew with every transaction.
 */
export type Windows = readonly [
  /** Event time they stand at, whole seconds. */
  at: number,
  countOfDay: number,
  countOfWeek: number,
  countOfMonth: number,
  sumOfDay: number,
  sumOfWeek: number,
  sumOfMonth: number,
];

export const emptyWindows = (at: number): Windows => [at, 0, 0, 0, 0, 0, 0];

/** The windows at `second`; an earlier one finds them as they are. */
export function fadedTo(windows: Windows, second: number): Windows {
  const passed = second - windows[0];
  if (!(passed > 0)) return windows;
  const [day, week, month] = [left(passed, 0), left(passed, 1), left(passed, 2)];
  return [
    second,
    windows[1] * day,
    windows[2] * week,
    windows[3] * month,
    windows[4] * day,
    windows[5] * week,
    windows[6] * month,
  ];
}

const left = (seconds: number, window: 0 | 1 | 2): number => Math.exp(-seconds / (windowDays[window] * 86_400));

/** The windows at `second` with `count` more, whose figures add up to `sum`. */
export function windowsAfter(windows: Windows, second: number, count: number, sum: number): Windows {
  const passed = Math.max(second - windows[0], 0);
  const [day, week, month] = [left(passed, 0), left(passed, 1), left(passed, 2)];
  return [
    windows[0] + passed,
    tenThousandths(windows[1] * day + count),
    tenThousandths(windows[2] * week + count),
    tenThousandths(windows[3] * month + count),
    tenThousandths(windows[4] * day + sum),
    tenThousandths(windows[5] * week + sum),
    tenThousandths(windows[6] * month + sum),
  ];
}

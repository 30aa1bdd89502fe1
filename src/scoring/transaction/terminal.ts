import { emptyWindows, fadedTo, windowsAfter, type Windows } from './windows.ts';

/**
 * What is known of a terminal (a merchant, a counterparty): how many transactions it had and how many of them were
 * reported as fraud, counted once they are older than the delay of reports. About 1 kB: the younger ones are counted in
 * stretches of six hours, 30 at most.
 */
export type Terminal = {
  readonly windows: Windows;
  /** Too young to tell yet: the earliest first. */
  readonly young: readonly Stretch[];
} | null;

type Stretch = { readonly start: number; readonly count: number; readonly frauds: number };

export interface TerminalRisk {
  /** Over about a day, a week and a month, all of it a delay ago. */
  readonly counts: readonly number[];
  /** (frauds + base) / (count + 1) over the same; base is the rate to expect of a terminal nothing is known of. */
  readonly risks: readonly number[];
}

const stretchSeconds = 6 * 3_600;
/** As long as reports may take: within it, no report says nothing. */
export const reportDelaySeconds = 7 * 86_400;
const baseRisk = 0.01;

/** A transaction at `second`, and the terminal's risk before it. */
export function terminalSeen(before: Terminal, second: number): { state: NonNullable<Terminal>; risk: TerminalRisk } {
  const grown = matured(before ?? { windows: emptyWindows(second - reportDelaySeconds), young: [] }, second);
  const { windows } = grown;
  const risks = windows.counts.map((count, at) => ((windows.sums[at] ?? 0) + baseRisk) / (count + 1));
  return { state: counted(grown, second, 1, 0), risk: { counts: windows.counts, risks } };
}

/** A report that the transaction at `second` was fraud. One that comes later than the delay is not counted any more. */
export function terminalReported(before: Terminal, second: number): Terminal {
  const known = before?.young.some(({ start }) => start === startOf(second));
  return before && known ? counted(before, second, 0, 1) : before;
}

/** Counts the stretches that ended a delay before `second`, and brings the windows there. */
function matured({ windows, young }: NonNullable<Terminal>, second: number): NonNullable<Terminal> {
  const until = second - reportDelaySeconds;
  const old = young.filter(({ start }) => start + stretchSeconds <= until);
  const told = old.reduce(
    (sum, { start, count, frauds }) => windowsAfter(fadedTo(sum, start + stretchSeconds / 2), count, frauds),
    windows,
  );
  return { windows: fadedTo(told, until), young: old.length === 0 ? young : young.slice(old.length) };
}

function counted({ windows, young }: NonNullable<Terminal>, second: number, count: number, frauds: number) {
  const start = startOf(second);
  const at = young.findIndex((stretch) => stretch.start >= start);
  const there = at < 0 ? undefined : young[at];
  if (there?.start === start) {
    return { windows, young: young.with(at, { start, count: there.count + count, frauds: there.frauds + frauds }) };
  }
  return { windows, young: young.toSpliced(at < 0 ? young.length : at, 0, { start, count, frauds }) };
}

const startOf = (second: number): number => Math.floor(second / stretchSeconds) * stretchSeconds;

import { emptyWindows, fadedTo, windowsAfter, type PerWindow, type Windows } from './windows.ts';

/**
 * What is known of a terminal (a merchant, a counterparty): how many transactions it had and how many of them were
 * reported as fraud, counted once they are older than the delay of reports. 250 to 600 bytes: the younger ones are counted
 * in stretches of six hours, 30 at most.
 */
export type Terminal = {
  readonly windows: Windows;
  /** Too young to tell yet: the earliest first. */
  readonly young: readonly Stretch[];
} | null;

/** `start` is in stretches since 1970. */
type Stretch = readonly [start: number, count: number, frauds: number];

export interface TerminalRisk {
  /** Over about a day, a week and a month, all of it a delay ago. */
  readonly counts: PerWindow;
  /** (frauds + base) / (count + 1) over the same; base is the rate to expect of a terminal nothing is known of. */
  readonly risks: PerWindow;
}

const stretchSeconds = 6 * 3_600;
/** As long as reports may take: within it, no report says nothing. */
export const reportDelaySeconds = 7 * 86_400;
const baseRisk = 0.01;

/** A transaction at `second`, and the terminal's risk before it. */
export function terminalSeen(before: Terminal, second: number): { state: NonNullable<Terminal>; risk: TerminalRisk } {
  const grown = matured(before ?? { windows: emptyWindows(second - reportDelaySeconds), young: [] }, second);
  const { counts, sums } = grown.windows;
  const risks = [riskOf(sums[0], counts[0]), riskOf(sums[1], counts[1]), riskOf(sums[2], counts[2])] as const;
  return { state: counted(grown, second, 1, 0), risk: { counts, risks } };
}

const riskOf = (frauds: number, count: number): number => (frauds + baseRisk) / (count + 1);

/** A report that the transaction at `second` was fraud. One that comes later than the delay is not counted any more. */
export function terminalReported(before: Terminal, second: number): Terminal {
  const known = before?.young.some(([start]) => start === stretchOf(second));
  return before && known ? counted(before, second, 0, 1) : before;
}

/** Counts the stretches that ended a delay before `second`, and brings the windows there. */
function matured({ windows, young }: NonNullable<Terminal>, second: number): NonNullable<Terminal> {
  const until = second - reportDelaySeconds;
  let old = 0;
  let told = windows;
  for (let next = young[0]; next && (next[0] + 1) * stretchSeconds <= until; next = young[old]) {
    const [start, count, frauds] = next;
    told = windowsAfter(told, (start + 0.5) * stretchSeconds, count, frauds);
    old += 1;
  }
  return { windows: fadedTo(told, until), young: old === 0 ? young : young.slice(old) };
}

function counted({ windows, young }: NonNullable<Terminal>, second: number, count: number, frauds: number) {
  const start = stretchOf(second);
  const at = young.findLastIndex((stretch) => stretch[0] <= start);
  const there = young[at];
  return there?.[0] === start
    ? { windows, young: young.with(at, [start, there[1] + count, there[2] + frauds]) }
    : { windows, young: young.toSpliced(at + 1, 0, [start, count, frauds]) };
}

const stretchOf = (second: number): number => Math.floor(second / stretchSeconds);

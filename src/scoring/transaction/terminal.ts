import { emptyWindows, fadedTo, windowsAfter, type PerWindow, type Windows } from './windows.ts';

/**
 * What is known of a terminal (a merchant, a counterparty): how many transactions it had and how many of them were
 * reported as fraud, counted once they are older than the delay of reports. 250 to 600 bytes: the younger ones are counted
 * in stretches of six hours, 30 at most.
 */
export type Terminal = {
  readonly windows: Windows;
  /** Too young to tell yet, the earliest first: of each stretch its start, in stretches since 1970, its count and its frauds. */
  readonly young: readonly number[];
} | null;

/** Numbers of a stretch. */
const width = 3;

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
  const { windows } = grown;
  const counts = [windows[1], windows[2], windows[3]] as const;
  const risks = [riskOf(windows[4], counts[0]), riskOf(windows[5], counts[1]), riskOf(windows[6], counts[2])] as const;
  return { state: counted(grown, second, 1, 0), risk: { counts, risks } };
}

const riskOf = (frauds: number, count: number): number => (frauds + baseRisk) / (count + 1);

/** A report that the transaction at `second` was fraud. One that comes later than the delay is not counted any more. */
export function terminalReported(before: Terminal, second: number): Terminal {
  const start = stretchOf(second);
  return before && before.young[placeOf(before.young, start)] === start ? counted(before, second, 0, 1) : before;
}

/** Counts the stretches that ended a delay before `second`, and brings the windows there. */
function matured({ windows, young }: NonNullable<Terminal>, second: number): NonNullable<Terminal> {
  const until = second - reportDelaySeconds;
  let old = 0;
  let told = windows;
  for (let start = young[0]; start !== undefined && (start + 1) * stretchSeconds <= until; start = young[old]) {
    told = windowsAfter(told, (start + 0.5) * stretchSeconds, young[old + 1] ?? 0, young[old + 2] ?? 0);
    old += width;
  }
  return { windows: fadedTo(told, until), young: old === 0 ? young : young.slice(old) };
}

function counted({ windows, young }: NonNullable<Terminal>, second: number, count: number, frauds: number) {
  const start = stretchOf(second);
  const at = placeOf(young, start);
  if (young[at] !== start) return { windows, young: young.toSpliced(at + width, 0, start, count, frauds) };
  const more = young.slice();
  more[at + 1] = (young[at + 1] ?? 0) + count;
  more[at + 2] = (young[at + 2] ?? 0) + frauds;
  return { windows, young: more };
}

/** Where the last stretch stands that begins no later than that; before all of them where none does. */
function placeOf(young: readonly number[], start: number): number {
  let at = young.length - width;
  while (at >= 0 && (young[at] ?? 0) > start) at -= width;
  return at;
}

const stretchOf = (second: number): number => Math.floor(second / stretchSeconds);

import type { DataSets } from './data.ts';
import type { AccuracyRow } from './row.ts';

/** How a score's accuracy is measured. `progress` says what it is at, to a person who waits. */
export type MeasureAccuracy = (sets: DataSets, progress: (text: string) => void) => readonly AccuracyRow[];

/** Runs `work` and says how long one of its items took, µs. */
export function timed<T>(items: number, work: () => T): { readonly result: T; readonly microseconds: number } {
  const began = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(began);
  return { result, microseconds: (user + system) / items };
}

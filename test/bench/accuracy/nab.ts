import { csvOf, type Folder } from './data.ts';
import { meanOf } from './metrics.ts';

/** The score of the Numenta Anomaly Benchmark: Lavin & Ahmad 2015 (arXiv:1510.03336). */
export interface NabFile {
  readonly name: string;
  /** Event times, ms. */
  readonly times: readonly number[];
  readonly values: readonly number[];
  /** First and last row of each window that holds an anomaly. */
  readonly windows: readonly NabWindow[];
}

export interface NabWindow {
  readonly first: number;
  readonly last: number;
}

/** A file beside what a detector said of each of its rows, 0 … 1. */
export interface NabOutput {
  readonly file: NabFile;
  readonly scores: readonly number[];
}

/** What a find is worth, and what a missed window and a false alarm cost. */
export interface NabProfile {
  readonly name: string;
  readonly found: number;
  readonly missed: number;
  readonly falseAlarm: number;
}

export const nabProfiles = [
  { name: 'standard', found: 1, missed: 1, falseAlarm: 0.11 },
  { name: 'reward low FP rate', found: 1, missed: 1, falseAlarm: 0.22 },
  { name: 'reward low FN rate', found: 1, missed: 2, falseAlarm: 0.11 },
] as const satisfies readonly NabProfile[];

export const nabLabels = 'nab/combined_windows.json';

/** The files of a part, in the order of its labels. */
export function nabFilesIn(folder: Folder): readonly NabFile[] {
  const labels: Record<string, readonly (readonly [string, string])[]> = JSON.parse(folder.text(nabLabels));
  return Object.entries(labels).map(([name, windows]) => {
    const rows = csvOf(folder.text(`nab/data/${name}`));
    const times = rows.map(({ timestamp = '' }) => timeOf(timestamp));
    return {
      name,
      times,
      values: rows.map(({ value }) => Number(value)),
      windows: windows.map(([first, last]) => ({
        first: times.indexOf(timeOf(first)),
        last: times.lastIndexOf(timeOf(last)),
      })),
    };
  });
}

/** Points of a hundred: 0 is a detector that never fires, 100 one that fires on the first row of each window and nowhere else. */
export function nabScore(outputs: readonly NabOutput[], threshold: number, profile: NabProfile): number {
  return sweep(outputs, profile).findLast((step) => step.threshold >= threshold)?.score ?? 0;
}

/** The threshold that scores best on these outputs, of all distinct scores and of never firing. */
export function tuned(outputs: readonly NabOutput[], profile: NabProfile): NabStep {
  const never: NabStep = { threshold: Number.POSITIVE_INFINITY, score: 0 };
  return sweep(outputs, profile).reduce((best, step) => (step.score > best.score ? step : best), never);
}

export interface NabStep {
  readonly threshold: number;
  readonly score: number;
}

/** The score at every threshold there is, highest threshold first: each lower one adds the rows that reach it. */
function sweep(outputs: readonly NabOutput[], { found, missed, falseAlarm }: NabProfile): readonly NabStep[] {
  const rows = outputs.flatMap(rowsOf).toSorted((a, b) => b.score - a.score);
  const windows = outputs.reduce((sum, { file }) => sum + file.windows.length, 0);
  const best = new Map<NabWindow, number>();
  const steps: NabStep[] = [];
  let gained = 0;
  for (const [index, { score, worth, window }] of rows.entries()) {
    if (window) {
      const before = best.get(window) ?? -missed;
      const after = Math.max(before, found * worth);
      best.set(window, after);
      gained += after - before;
    } else gained += falseAlarm * worth;
    if (rows[index + 1]?.score !== score)
      steps.push({ threshold: score, score: (100 * gained) / ((found + missed) * windows) });
  }
  return steps;
}

interface NabRow {
  readonly score: number;
  /** Inside a window 1 (its first row) … 0 (its last); outside −1 … 0, close to 0 just after a window. */
  readonly worth: number;
  readonly window: NabWindow | undefined;
}

/** The rows that count: those after the probation. */
function rowsOf({ file, scores }: NabOutput): readonly NabRow[] {
  return scores.slice(probationOf(file)).map((score, index) => {
    const row = index + probationOf(file);
    const window = file.windows.find(({ first, last }) => first <= row && row <= last);
    return { score, window, worth: window ? worthInside(row, window) : worthOutside(row, file.windows) };
  });
}

/** Rows at the start that no detector is judged by. */
export const probationOf = ({ times }: NabFile): number => Math.min(Math.floor(0.15 * times.length), 750);

const worthInside = (row: number, { first, last }: NabWindow): number =>
  sigmoid(-(last - row + 1) / (last - first + 1)) / sigmoid(-1);

function worthOutside(row: number, windows: readonly NabWindow[]): number {
  const before = windows.findLast(({ last }) => last < row);
  return before ? sigmoid((row - before.last) / (before.last - before.first)) : -1;
}

const sigmoid = (y: number): number => (y > 3 ? -1 : 2 / (1 + Math.exp(5 * y)) - 1);

/** What the score does not say of a detector at a threshold. */
export interface NabTally {
  readonly windows: number;
  readonly found: number;
  /** Alarms outside windows, per 1 000 rows outside windows. */
  readonly falseAlarms: number;
  /** Rows from the start of a found window to the first alarm in it: their median. */
  readonly delay: number;
}

export function tallyOf(outputs: readonly NabOutput[], threshold: number): NabTally {
  const delays = outputs.flatMap(({ file, scores }) =>
    file.windows.flatMap(({ first, last }) => {
      const delay = scores.slice(first, last + 1).findIndex((score) => score >= threshold);
      return delay < 0 ? [] : [delay];
    }),
  );
  const outside = outputs.flatMap(rowsOf).filter(({ window }) => !window);
  return {
    windows: outputs.reduce((sum, { file }) => sum + file.windows.length, 0),
    found: delays.length,
    falseAlarms: 1_000 * meanOf(outside.map(({ score }) => (score >= threshold ? 1 : 0))),
    delay: delays.toSorted((a, b) => a - b)[delays.length >> 1] ?? Number.NaN,
  };
}

/**
 * How far a threshold can be trusted on files it was not chosen by: it is taken from a random half of the files and tried
 * on the other, both ways, for several halvings.
 */
export function halvesOf(outputs: readonly NabOutput[], profile: NabProfile, halvings = 5): NabHalves {
  const scores = Array.from({ length: halvings }, (_, seed) => shuffled(outputs, seed + 1)).flatMap((files) => {
    const half = files.length >> 1;
    const [one, other] = [files.slice(0, half), files.slice(half)];
    return [
      nabScore(other, tuned(one, profile).threshold, profile),
      nabScore(one, tuned(other, profile).threshold, profile),
    ];
  });
  return { mean: meanOf(scores), lowest: Math.min(...scores), highest: Math.max(...scores) };
}

export interface NabHalves {
  readonly mean: number;
  readonly lowest: number;
  readonly highest: number;
}

/** In an order that only the seed decides: a linear congruential generator (Numerical Recipes) gives the keys. */
function shuffled<T>(list: readonly T[], seed: number): readonly T[] {
  let key = seed;
  const keyed = list.map((one) => ({ one, key: (key = (key * 1_664_525 + 1_013_904_223) % 2 ** 32) }));
  return keyed.toSorted((a, b) => a.key - b.key).map(({ one }) => one);
}

/**
 * Another detector's outputs, to be judged as ours are: CSV with a header `file,timestamp,anomaly_score`, a line for each
 * row of each file, `file` as the labels name it. Files it does not tell of are left out; missing rows score 0.
 */
export function outputsOf(csv: string, files: readonly NabFile[]): readonly NabOutput[] {
  const scores = new Map<string, Map<number, number>>();
  for (const { file = '', timestamp = '', anomaly_score } of csvOf(csv)) {
    const ofFile = scores.get(file) ?? new Map<number, number>();
    scores.set(file, ofFile.set(timeOf(timestamp), Number(anomaly_score)));
  }
  return files.flatMap((file) => {
    const told = scores.get(file.name);
    return told ? [{ file, scores: file.times.map((time) => told.get(time) ?? 0) }] : [];
  });
}

/** NAB's times have no zone and sometimes a fraction: `2014-04-10 07:15:00.000000`. */
const timeOf = (text: string): number => Date.parse(`${text.slice(0, 19).replace(' ', 'T')}Z`);

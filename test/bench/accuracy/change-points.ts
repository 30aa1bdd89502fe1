import { changePointsOf } from '../../../src/scoring/change-point/segments.ts';
import { onParts, type Folder } from './data.ts';
import { timed, type MeasureAccuracy } from './measure.ts';
import { meanOf } from './metrics.ts';
import type { Accuracy } from './row.ts';

const annotationsFile = 'tcpd/annotations.json';

const rows = {
  f1: {
    score: 'change points',
    on: 'tcpd, F1 with margin 5',
    floor: 0.7,
    goal: 0.75,
    better: 'higher',
    anchors: 'no change points 0.620, PELT-L2 0.727, BOCPD 0.721, people 0.85',
  },
  covering: {
    score: 'change points',
    on: 'tcpd, covering',
    floor: 0.62,
    goal: 0.68,
    better: 'higher',
    anchors: 'no change points 0.516, PELT-L2 0.669, BOCPD 0.605, people 0.74',
  },
} satisfies Record<string, Accuracy>;

/** The retrospective view on TCPD (van den Burg & Williams 2020), in whose series five people each marked the changes. */
export const measureChangePoints: MeasureAccuracy = (sets, progress) => {
  const { dev, heldOut } = onParts(sets, annotationsFile, (folder, part) => {
    progress(`change points, ${part}`);
    return measured(folder);
  });
  const told = dev ?? heldOut;
  return (['f1', 'covering'] as const).map((figure) => {
    const { score, on } = rows[figure];
    if (!told) return { score, on, absent: annotationsFile };
    return {
      ...rows[figure],
      ...(dev && { dev: dev[figure] }),
      ...(heldOut && { heldOut: heldOut[figure] }),
      microseconds: told.microseconds,
      note: 'retrospective; µs a value',
    };
  });
};

interface Measured {
  readonly f1: number;
  readonly covering: number;
  readonly microseconds: number;
}

function measured(folder: Folder): Measured {
  const annotations: Record<string, Record<string, number[]>> = JSON.parse(folder.text(annotationsFile));
  const series = Object.entries(annotations).map(([name, byPerson]) => ({
    values: valuesOf(folder, name),
    marked: Object.values(byPerson),
  }));
  const length = series.reduce((sum, { values }) => sum + values.length, 0);
  const { result, microseconds } = timed(length, () => series.map(({ values }) => changePointsOf(values)));
  return {
    f1: meanOf(series.map(({ marked }, index) => f1(marked, result[index] ?? []))),
    covering: meanOf(series.map(({ marked, values }, index) => covering(marked, result[index] ?? [], values.length))),
    microseconds,
  };
}

function valuesOf(folder: Folder, name: string): readonly number[] {
  const { series }: { series: { raw: (number | null)[] }[] } = JSON.parse(folder.text(`tcpd/series/${name}.json`));
  return (series[0]?.raw ?? []).map((value) => value ?? Number.NaN);
}

/** Of precision against all that anybody marked, and the mean of each person's recall; index 0 counts as a change for all. */
export function f1(marked: readonly (readonly number[])[], said: readonly number[]): number {
  const changes = begins(said);
  const precision = hits(begins(marked.flat()), changes) / changes.length;
  const recall = meanOf(marked.map((one) => hits(begins(one), changes) / begins(one).length));
  return (2 * precision * recall) / (precision + recall);
}

/** Segments as people see them, each with its best Jaccard overlap among ours, by length. */
export function covering(marked: readonly (readonly number[])[], said: readonly number[], length: number): number {
  const ours = segments(said, length);
  const coveredBy = (one: readonly number[]): number =>
    segments(one, length).reduce(
      (sum, segment) => sum + (segment.to - segment.from) * Math.max(...ours.map((other) => jaccard(segment, other))),
      0,
    ) / length;
  return meanOf(marked.map(coveredBy));
}

const margin = 5;

const begins = (changes: readonly number[]): readonly number[] =>
  [...new Set([0, ...changes])].toSorted((a, b) => a - b);

/** How many of `truth` have a change of their own within the margin, nearest first. */
function hits(truth: readonly number[], said: readonly number[]): number {
  const left = new Set(said);
  let found = 0;
  for (const at of truth) {
    const near = [...left].filter((one) => Math.abs(one - at) <= margin);
    const nearest = near.toSorted((a, b) => Math.abs(a - at) - Math.abs(b - at))[0];
    if (nearest === undefined) continue;
    left.delete(nearest);
    found += 1;
  }
  return found;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

function segments(changes: readonly number[], length: number): readonly Span[] {
  const all = begins(changes);
  return all.map((from, index) => ({ from, to: all[index + 1] ?? length }));
}

function jaccard(a: Span, b: Span): number {
  const shared = Math.min(a.to, b.to) - Math.max(a.from, b.from);
  return shared <= 0 ? 0 : shared / (Math.max(a.to, b.to) - Math.min(a.from, b.from));
}

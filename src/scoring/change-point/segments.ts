import { pelt, type SegmentCost } from './pelt.ts';

/** A stretch of a series that is level or follows one straight line. */
export interface Segment {
  /** Indices, `[from, to)`. */
  readonly from: number;
  readonly to: number;
  readonly mean: number;
  /** Of the value, a step; 0 where the segment is level. */
  readonly slope: number;
}

/** At most the last this many values are parted: the time grows with up to the square of them. */
export const segmentedValuesMax = 5_000;

/** In log n: what a segment costs, and what it costs more when it is not level. The variance of the series is 1. */
const segmentPenalty = 3;
const slopePenalty = 1;
/** Fewer values than this are no segment. */
const segmentMin = 5;

/**
 * The retrospective view of change points: the series in segments, each level or straight, parted by PELT. Its costs are
 * squared residuals of the standardised series; a segment adds 3 log n to them (TCPD's PELT), one that slopes another log n,
 * so that a steady trend is one segment and no staircase. Values that are no numbers are taken for the last that was one.
 */
export function segmentsOf(all: readonly number[]): readonly Segment[] {
  const values = filled(all.slice(-segmentedValuesMax));
  const skipped = all.length - values.length;
  if (values.length === 0) return [];
  const sums = sumsOf(standardised(values));
  const log = Math.log(values.length);
  const cost: SegmentCost = (from, to) => {
    const { level, straight } = residualsOf(sums, from, to);
    return Math.min(level, straight + slopePenalty * log);
  };
  const options = { penalty: segmentPenalty * log, slack: slopePenalty * log, segmentMin };
  const begins = [0, ...pelt(values.length, cost, options)];
  const raw = sumsOf(values);
  return begins.map((from, index) => {
    const to = begins[index + 1] ?? values.length;
    const { level, straight } = residualsOf(sums, from, to);
    const { mean, slope } = lineOf(raw, from, to);
    const sloping = straight + slopePenalty * log < level;
    return { from: from + skipped, to: to + skipped, mean, slope: sloping ? slope : 0 };
  });
}

/** The first index of every segment but the first: where the series changed. */
export const changePointsOf = (values: readonly number[]): readonly number[] =>
  segmentsOf(values)
    .slice(1)
    .map(({ from }) => from);

/** Running sums of y, y² and i·y, so that a segment's residuals take no loop. */
interface Sums {
  readonly y: Float64Array;
  readonly yy: Float64Array;
  readonly iy: Float64Array;
}

function sumsOf(values: Float64Array): Sums {
  const length = values.length + 1;
  const sums = { y: new Float64Array(length), yy: new Float64Array(length), iy: new Float64Array(length) };
  const { y, yy, iy } = sums;
  for (const [i, value] of values.entries()) {
    y[i + 1] = (y[i] ?? 0) + value;
    yy[i + 1] = (yy[i] ?? 0) + value * value;
    iy[i + 1] = (iy[i] ?? 0) + i * value;
  }
  return sums;
}

const between = (sums: Float64Array, from: number, to: number): number => (sums[to] ?? 0) - (sums[from] ?? 0);

function lineOf({ y, iy }: Sums, from: number, to: number) {
  const count = to - from;
  const sum = between(y, from, to);
  const together = between(iy, from, to) - ((from + to - 1) / 2) * sum;
  const spread = (count * (count * count - 1)) / 12;
  return {
    mean: sum / count,
    slope: spread > 0 ? together / spread : 0,
    explained: spread > 0 ? together ** 2 / spread : 0,
  };
}

/** Squared residuals of a segment around its mean, and around its line. */
function residualsOf(sums: Sums, from: number, to: number): { readonly level: number; readonly straight: number } {
  const { mean, explained } = lineOf(sums, from, to);
  const level = Math.max(0, between(sums.yy, from, to) - mean * mean * (to - from));
  return { level, straight: Math.max(0, level - explained) };
}

function filled(values: readonly number[]): Float64Array {
  let last = values.find(Number.isFinite) ?? 0;
  return Float64Array.from(values, (value) => (last = Number.isFinite(value) ? value : last));
}

/** With mean 0 and variance 1; all 0 where the values are all the same. */
function standardised(values: Float64Array): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  return values.map((value) => (deviation > Math.abs(mean) * 1e-12 ? (value - mean) / deviation : 0));
}

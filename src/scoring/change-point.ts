import { excessAfter, noExcess, type Excess, type PageHinkley } from './change-point/page-hinkley.ts';
import { limited } from './limit.ts';
import type { Scorer } from './scorer.ts';

/** A sample of one metric. */
export interface LevelSeen {
  readonly eventId: string;
  readonly value: number;
  readonly unit: string;
}

/** The level since the last change, and what speaks for another. About 300 bytes. */
export type Level = {
  /** How many samples the level is the mean of. */
  readonly samples: number;
  readonly mean: number;
  /** Running mean absolute deviation from it, over that many samples; outlives a change of the level. */
  readonly deviation: number;
  readonly deviationSamples: number;
  readonly excess: PageHinkley;
} | null;

/**
 * Whether a metric's level has moved for good, as it happens: Page-Hinkley on both sides, in deviations of the noise.
 * At ±1 it has: the level is then taken anew from the samples since it moved, and the figure begins at 0 again.
 * With a drift of half a deviation and a bar of 8, a level that moves by one is told after about 16 samples, and one that
 * stays gives a false alarm in about ten thousand (Siegmund 1985: `(e^{2δ(λ+1.17)} − 1 − 2δ(λ+1.17)) / 2δ²` a side); more
 * while the level rests on few. While a level that moved rests on fewer than 20 samples nothing is judged, and the figure says
 * what it is so far. With the usual drift of a tenth it would be one in a hundred.
 */
export const changePoint: Scorer<LevelSeen, Level> = {
  name: 'change_point',
  version: 2,
  range: '−1 … 1; 1 the level has risen, −1 it has fallen, between them what speaks for it so far',
  initial: null,
  score({ eventId, value, unit }, level) {
    if (!(Math.abs(value) < measurableBelow)) return { state: level, figure: undefined };
    if (!level || level.samples < samplesToWarm) return warming(learned(level, value, 0), eventId, unit);
    const z = Math.min(Math.max((value - level.mean) / scaleOf(level), -reach), reach);
    const excess = excessAfter(level.excess, value, z, drift);
    const [side, sign] = excess.up.g >= excess.down.g ? [excess.up, 1] : [excess.down, -1];
    const state = side.g >= bar ? movedTo(side, level) : { ...learned(level, value, z), excess };
    const parts = side.g === 0 ? [] : [{ ...told(side, sign, level, unit), eventId }];
    return { state, figure: { ...limited(parts, -1, 1, eventId), confidence: confidenceOf(level.samples) } };
  },
};

/** Larger numbers are no measurement, and their sums would not be numbers. */
const measurableBelow = 1e100;
const samplesToWarm = 20;
const confidenceOf = (samples: number): number => 1 - Math.exp(-samples / 30);
/** In deviations: δ and λ of Page-Hinkley, and how much a single sample may count for. */
const drift = 0.5;
const bar = 8;
const reach = 4;
/** The mean goes back over about this many samples, the deviation as well. */
const horizon = 500;

/** At the start there is nothing to tell; of a level that has just moved, what it is by now. */
function warming(level: NonNullable<Level>, eventId: string, unit: string) {
  const { samples, deviationSamples, mean } = level;
  if (samples === deviationSamples + 1) return { state: level, figure: undefined };
  const quote = `${rounded(mean)} ${unit} over ${samples} samples, of ${samplesToWarm} that a level is judged by`;
  const contributions = [{ name: 'new level', weight: 0, value: mean, eventId, quote }];
  return { state: level, figure: { value: 0, confidence: confidenceOf(samples), contributions } };
}

/** What a sample teaches; one that is clipped (`z` at the end of its reach) teaches the deviation no more than that. */
function learned(level: Level, value: number, z: number): NonNullable<Level> {
  if (!level) return { samples: 1, mean: value, deviation: 0, deviationSamples: 0, excess: noExcess };
  const taught = Math.abs(z) < reach ? value : level.mean + z * scaleOf(level);
  const off = taught - level.mean;
  const samples = level.samples + 1;
  const deviationSamples = level.deviationSamples + 1;
  return {
    samples,
    mean: level.mean + off / Math.min(samples, horizon),
    deviation: level.deviation + (Math.abs(off) - level.deviation) / Math.min(deviationSamples, horizon),
    deviationSamples,
    excess: level.excess,
  };
}

/** A level anew: the mean of the samples since it moved. */
function movedTo({ since }: Excess, level: NonNullable<Level>): NonNullable<Level> {
  return { ...level, samples: since.count, mean: since.sum / since.count, excess: noExcess };
}

/** The standard deviation of normal noise; never less than a ten-thousandth of the level: rounding is no news. */
const scaleOf = ({ deviation, mean }: NonNullable<Level>): number =>
  Math.max(deviation * Math.sqrt(Math.PI / 2), Math.abs(mean) * 1e-4, Number.MIN_VALUE * 2 ** 60);

function told({ g, since }: Excess, sign: number, { mean }: NonNullable<Level>, unit: string) {
  const quote = `${rounded(since.sum / since.count)} ${unit} over ${since.count} samples, before ${rounded(mean)}`;
  return { name: sign > 0 ? 'above its level' : 'below its level', weight: sign / bar, value: g, quote };
}

const rounded = (value: number): string => String(Number(value.toPrecision(4)));

import type { Contribution } from '../core/score.ts';
import type { Scorer } from './scorer.ts';

/** A sample of one metric. */
export interface SampleSeen {
  readonly eventId: string;
  readonly value: number;
  readonly unit: string;
}

/** What is usual for a metric. `moves` counts the samples that differed from the one before. */
export type Usual = {
  readonly samples: number;
  readonly moves: number;
  readonly last: number;
  readonly level: number;
  readonly deviation: number;
  readonly min: number;
  readonly max: number;
};

/**
 * How far a sample lies from what is usual for its metric: its distance from a running level, in running mean absolute
 * deviations. What it learns from is clipped, so that an outage does not soon count as usual. While it warms up, and as
 * long as a metric has hardly moved (flat from its start), it says 0 with little confidence.
 */
export const anomaly: Scorer<SampleSeen, Usual | null> = {
  name: 'anomaly',
  version: 1,
  range: '0 … 1; 0.5 is six mean deviations from usual, 0.75 nine',
  initial: null,
  score({ eventId, value, unit }, usual) {
    if (!(Math.abs(value) < measurableBelow)) return { state: usual, figure: undefined };
    const now = usual ?? { samples: 0, moves: 0, last: value, level: value, deviation: 0, min: value, max: value };
    const state = learned(now, value);
    const warmth = Math.min(now.samples / samplesToWarm, now.moves / movesToWarm, 1);
    if (warmth < 1)
      return { state, figure: { value: 0, confidence: warmth * 0.3, contributions: [warming(now, eventId)] } };
    const scale = scaleOf(now);
    const distance = (value - now.level) / scale;
    const beyond = Math.min(Math.abs(distance) - usualUpTo, distanceMax);
    const figure = beyond > 0 ? 1 - 2 ** (-beyond / usualUpTo) : 0;
    const confidence = 1 - Math.exp(-now.samples / 40);
    const name = distance > 0 ? 'above usual' : 'below usual';
    const quote = `${told(value)} ${unit}, usually ${told(now.level)} ± ${told(scale)}`.trim();
    const weight = beyond > 0 ? figure / beyond : 0;
    const contributions = [{ name, weight, value: Math.max(beyond, 0), eventId, quote }];
    return { state, figure: { value: figure, confidence, contributions } };
  },
};

/** Larger numbers are no measurement, and their sums would not be numbers. */
const measurableBelow = 1e100;
const samplesToWarm = 30;
const movesToWarm = 8;
/** Distances up to this, in deviations, are nothing. */
const usualUpTo = 3;
const distanceMax = 60;
const levelRate = 0.1;
const deviationRate = 0.05;
/** A sample teaches at most as if it lay this many deviations away. */
const clipAt = 6;
const clippedTrust = 0.1;

function learned(usual: Usual, value: number): Usual {
  const samples = usual.samples + 1;
  const warm = usual.samples >= samplesToWarm && usual.moves >= movesToWarm;
  const reach = clipAt * scaleOf(usual);
  const taught = warm ? Math.min(Math.max(value, usual.level - reach), usual.level + reach) : value;
  // At the start each sample counts the same, so that the first one does not rule for long; what was clipped hardly counts.
  const trust = taught === value ? 1 : clippedTrust;
  const rate = Math.max(levelRate, 1 / samples) * trust;
  const spread = Math.max(deviationRate, 1 / samples) * trust;
  return {
    samples,
    moves: usual.moves + (value === usual.last ? 0 : 1),
    last: value,
    level: usual.level + rate * (taught - usual.level),
    deviation: usual.deviation + spread * (Math.abs(taught - usual.level) - usual.deviation),
    min: Math.min(usual.min, taught),
    max: Math.max(usual.max, taught),
  };
}

/** Never less than a hundredth of the level and of the range seen: small moves of a calm metric are no news. */
function scaleOf({ deviation, level, min, max }: Usual): number {
  return Math.max(deviation, Math.abs(level) * 0.01, (max - min) * 0.01, Number.MIN_VALUE * 2 ** 60);
}

function warming({ samples, moves }: Usual, eventId: string): Contribution {
  const quote =
    samples < samplesToWarm ? `sample ${samples + 1} of ${samplesToWarm}` : `moved ${moves} of ${movesToWarm} times`;
  return { name: 'warming up', weight: 0, value: 1, eventId, quote };
}

function told(value: number): string {
  return String(Number(value.toPrecision(4)));
}

import type { Json } from '../../core/json.ts';
import type { Features } from './logistic.ts';

/**
 * What a learner saw when it predicted, kept until it is known what came of it: the priority a person set, a renewal,
 * a fraud report. The earliest first. Plain JSON; holds `predictionsMax` at most.
 */
export type AwaitingLabels<Features extends Json> = readonly Awaiting<Features>[];

export type Awaiting<Features extends Json> = {
  readonly id: string;
  /** Event time of the prediction, ms. */
  readonly at: number;
  readonly features: Features;
};

/** What is left waiting, and what no longer is: for the caller to learn from, to count, or to let go. */
export interface Released<Features extends Json> {
  readonly awaiting: AwaitingLabels<Features>;
  readonly released: readonly Awaiting<Features>[];
}

/**
 * Keeps a prediction until its label comes. One with the same id takes the earlier one's place. Where more than
 * `predictionsMax` would wait, the earliest are released unlabelled.
 */
export function remember<Features extends Json>(
  awaiting: AwaitingLabels<Features>,
  prediction: Awaiting<Features>,
  predictionsMax: number,
): Released<Features> {
  const { id, at } = prediction;
  const known = awaiting.findIndex((other) => other.id === id);
  const others = known === -1 ? awaiting : awaiting.toSpliced(known, 1);
  const place = others.findLastIndex((other) => other.at <= at) + 1;
  const all = others.toSpliced(place, 0, prediction);
  return parted(all, Math.max(0, all.length - predictionsMax));
}

/** The label of `id` has come: its prediction is released, if it still waits. A second label finds nothing. */
export function resolve<Features extends Json>(awaiting: AwaitingLabels<Features>, id: string): Released<Features> {
  const released = awaiting.filter((prediction) => prediction.id === id);
  return released.length === 0
    ? { awaiting, released }
    : { awaiting: awaiting.filter((prediction) => prediction.id !== id), released };
}

/**
 * Releases what was predicted at or before `until` and has no label yet. Where silence is an answer (no fraud was
 * reported within a week, nobody cancelled), the caller learns it; where it is none, it lets them go.
 */
export function expire<Features extends Json>(awaiting: AwaitingLabels<Features>, until: number): Released<Features> {
  // The earliest stand first, and mostly none is due.
  const later = awaiting.findIndex(({ at }) => at > until);
  return parted(awaiting, later === -1 ? awaiting.length : later);
}

/** Features as they are kept: to the thousandth, which is less than a model tells apart, so that what waits stays small as JSON. */
export const kept = (features: Features): Features =>
  Object.fromEntries(
    Object.entries(features).map(([name, value]) => [name, typeof value === 'number' ? thousandth(value) : value]),
  );

export const thousandth = (value: number): number => Math.round(value * 1_000) / 1_000;

function parted<Features extends Json>(all: AwaitingLabels<Features>, at: number): Released<Features> {
  return at === 0 ? { awaiting: all, released: [] } : { awaiting: all.slice(at), released: all.slice(0, at) };
}

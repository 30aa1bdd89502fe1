import type { Contribution } from '../core/score.ts';
import { calibratedBy, reliabilityOf, uncalibrated, type Calibration } from './learning/calibration.ts';
import { logLoss, noDrift, watched, type Drift } from './learning/drift.ts';
import { createFtrl, type FtrlState } from './learning/ftrl.ts';
import { gramValue, hashedDimensions, hashedGrams, type HashedGram } from './learning/hashed-features.ts';
import { logitOf, probabilityOf } from './learning/probability.ts';
import type { SparseVector } from './learning/sparse-vector.ts';
import { averageCase } from './learning/told.ts';
import { clamp, limited } from './limit.ts';
import type { Model } from './model.ts';
import type { Figure, Scorer } from './scorer.ts';
import { quoteOf } from './text.ts';
import { urgency, type MessageSeen, type Unanswered } from './urgency.ts';

/** What the priorities that people set have taught. Plain JSON, never changed in place, bounded by `ftrl.ts`. */
export type UrgencyLearning = {
  readonly format: 1;
  readonly model: FtrlState;
  readonly calibration: Calibration;
  readonly drift: Drift;
  readonly outcomes: { readonly positive: number; readonly negative: number };
};

/** What of a message is kept until its priority is known: the coordinates of its grams, and the value of its cues. */
export type MessageFeatures = { readonly grams: readonly number[]; readonly cues: number };

/** A message, and whether it was urgent. `told`: a person said so; else nobody had until the conversation was closed. */
export type UrgencyExample = MessageFeatures & { readonly urgent: boolean; readonly told: boolean };

/**
 * Chosen on dev. A feature is about 0.15 large and its gradient smaller still: with the β of 1 that suits features of
 * 1, a word seen once would hardly count.
 */
const rates = { alpha: 1, beta: 0.02, l1: 0, l2: 0 };

/** 8 192 words and pairs, 190 KB as JSON once there are so many, for every partition keeps a model with its versions. */
const ftrl = createFtrl({ ...rates, pages: 128, coordinates: 64 });

/** What an organisation's priorities teach. */
export const urgencyModel: Model<UrgencyLearning, UrgencyExample> = {
  name: 'urgency',
  description: 'which conversations a person would put first, learned from the priorities that people set',
  version: 2,
  initial: {
    format: 1,
    model: ftrl.initial,
    calibration: uncalibrated,
    drift: noDrift,
    outcomes: { positive: 0, negative: 0 },
  },
  learn: learned,
  show: ({ model, calibration, drift, outcomes }) => ({
    outcomes,
    calibration: reliabilityOf(calibration),
    weights: ownNames.map((name, index) => {
      const [weight = 0] = ftrl.predict(model, { coordinates: own.slice(index, index + 1), values: [1] }).weights;
      return { name, weight, expected: 0, seen: outcomes.positive + outcomes.negative };
    }),
    driftAlarms: drift.alarms,
  }),
};

/** Where nobody ever says what is urgent, that nobody said so of a conversation says nothing of it. */
function learned(learning: UrgencyLearning, example: UrgencyExample): UrgencyLearning {
  const { urgent, told, ...message } = example;
  const { model, calibration, drift, outcomes } = learning;
  if (!told && outcomes.positive === 0) return learning;
  const prior = priorOf(message.cues);
  const vector = vectorOf(message);
  const logit = prior + bounded(ftrl.predict(model, vector).logit, prior);
  const seen = watched(drift, logLoss(probabilityOf(logit), urgent));
  return {
    format: 1,
    model: ftrl.learn(model, vector, urgent, prior),
    calibration: calibratedBy(calibration, logit, urgent),
    drift: seen.drift,
    outcomes: {
      positive: outcomes.positive + (urgent ? 1 : 0),
      negative: outcomes.negative + (urgent ? 0 : 1),
    },
  };
}

/**
 * How urgent a message is: by the cues of `urgency`, and by what words have come to mean here. Cues are the prior: before
 * anybody has set a priority the figure is theirs, digit by digit. Then it is a probability, in which they are never more than all but sure.
 */
export function createUrgency(learning: UrgencyLearning = urgencyModel.initial): Scorer<MessageSeen, Unanswered> {
  return {
    ...urgency,
    score(seen, unanswered) {
      const { state, figure } = urgency.score(seen, unanswered);
      const isTaught = learning.outcomes.positive > 0 && seen.text !== undefined;
      return { state, figure: figure && isTaught ? taughtFigure(learning, figure, seen) : figure };
    },
  };
}

/** What is to be kept of a message that was scored so. */
export function messageFeatures(text: string, { contributions }: Figure): MessageFeatures {
  const cues = contributions.reduce((sum, { name, weight, value }) => sum + (isLearned(name) ? 0 : weight * value), 0);
  return { grams: gramsIn(text).map(({ coordinate }) => coordinate), cues: Math.round(cues * 1_000) / 1_000 };
}

/** More of a text says little more of what it is about, and is kept until the label comes. */
const charsMax = 300;
const gramsIn = (text: string): readonly HashedGram[] => hashedGrams(text.slice(0, charsMax));

function vectorOf({ grams, cues }: MessageFeatures): SparseVector {
  const coordinates = [...own];
  const values = [1, cues];
  const value = gramValue(grams.length);
  for (const coordinate of grams) {
    coordinates.push(coordinate);
    values.push(value);
  }
  return { coordinates, values };
}

/** Coordinates of what is no gram: how often messages are urgent here, and what cues are worth here. */
const own = [hashedDimensions, hashedDimensions + 1];
const words = { one: 'what words mean here', others: 'what other words mean here' };
const ownNames = [averageCase, 'what cues mean here'];
const isLearned = (name: string): boolean => ownNames.includes(name) || name === words.one || name === words.others;

/** What cues are worth in log-odds: as much as their value says, but never certainty. */
const priorOf = (cues: number): number => logitOf(clamp(cues, surest, 1 - surest));
const surest = 0.05;

/**
 * A rise of the log-odds within its bounds: what the cues call critical never falls below what should not wait, whatever was learned.
 */
function bounded(rise: number, prior: number): number {
  const most = rise < 0 && prior >= critical ? prior - urgent : riseMax;
  return most * Math.tanh(rise / most);
}
const riseMax = 10;
/** A little above 0.6, so that no rounding brings it below. */
const urgent = logitOf(0.61);
const critical = logitOf(0.85);

/** The cues' reasons as they are, and those of what was learned, scaled by the chord from the one value to the other. */
function taughtFigure(learning: UrgencyLearning, cues: Figure, { eventId, text = '' }: MessageSeen): Figure {
  const { outcomes, model } = learning;
  const grams = gramsIn(text);
  const { coordinates, values } = vectorOf({
    grams: grams.map(({ coordinate }) => coordinate),
    cues: cues.value,
  });
  const { logit: rise, weights } = ftrl.predict(model, { coordinates, values });
  const prior = priorOf(cues.value);
  const from = probabilityOf(prior);
  const value = probabilityOf(prior + bounded(rise, prior));
  const scale = Math.abs(rise) < 1e-9 ? 0 : (value - from) / rise;
  const reasons: number[] = [];
  let weighed = 0;
  for (let index = 0; index < weights.length; index += 1) {
    const weight = weights[index] ?? 0;
    if (weight !== 0) weighed += 1;
    reasons.push(scale * weight * (values[index] ?? 0));
  }
  const toldOf = (index: number): Contribution => ({
    name: ownNames[index] ?? words.one,
    // An average case also has what makes a value of cues a probability.
    weight: scale * (weights[index] ?? 0) + (index === 0 ? from - cues.value : 0),
    value: values[index] ?? 0,
    eventId,
    quote: index < own.length ? null : quoteIn(text, grams[index - own.length]),
  });
  const told = largest(reasons);
  const known = weighed / weights.length;
  const taught = 1 - Math.exp(-(outcomes.positive + outcomes.negative) / labelsOfWeight);
  const parts = [...cues.contributions, toldOf(0), ...told.map(toldOf), ...others(reasons, told, eventId)];
  return { ...limited(parts, 0, 1, eventId), confidence: 1 - (1 - cues.confidence) * (1 - known * taught) };
}

/** After so many labels, what was learned counts as known by two thirds. */
const labelsOfWeight = 100;

const quoteIn = (text: string, gram: HashedGram | undefined): string =>
  quoteOf(gram ? text.slice(gram.from, gram.to) : '');

/** Which say most, the strongest first, of two as strong the first; that of an average case, which stands first, apart. */
function largest(reasons: readonly number[]): readonly number[] {
  const most: number[] = [];
  const sizeOf = (index: number | undefined): number => Math.abs(reasons[index ?? 0] ?? 0);
  for (let index = 1; index < reasons.length; index += 1) {
    const size = sizeOf(index);
    if (size === 0 || (most.length === reasonsTold && size <= sizeOf(most.at(-1)))) continue;
    let place = most.length;
    while (place > 0 && sizeOf(most[place - 1]) < size) place -= 1;
    most.splice(place, 0, index);
    if (most.length > reasonsTold) most.pop();
  }
  return most;
}

const reasonsTold = 8;

/** What the reasons that are not told add up to. */
function others(reasons: readonly number[], told: readonly number[], eventId: string): readonly Contribution[] {
  let rest = 0;
  for (let index = 1; index < reasons.length; index += 1) if (!told.includes(index)) rest += reasons[index] ?? 0;
  return rest === 0 ? [] : [{ name: words.others, weight: 1, value: rest, eventId, quote: null }];
}

import type { Contribution } from '../core/score.ts';
import { expire, remember, resolve, type AwaitingLabels } from './learning/awaiting-labels.ts';
import { createFtrl, type FtrlState } from './learning/ftrl.ts';
import { gramsVector, hashedDimensions, hashedGrams, type HashedGram } from './learning/hashed-features.ts';
import { probabilityOf } from './learning/probability.ts';
import type { SparseVector } from './learning/sparse-vector.ts';
import type { Figure, Scorer } from './scorer.ts';
import { quoteOf, textCharsMax } from './text.ts';

/** A message with what `urgency` says of it, or what a person called an earlier one when they set its priority. */
export type UrgencyLesson = UrgencyMessage | UrgencyLabel;

export interface UrgencyMessage {
  readonly kind: 'message';
  readonly eventId: string;
  /** Event time, ms. */
  readonly at: number;
  readonly text: string;
  readonly cues: Figure;
}

export interface UrgencyLabel {
  readonly kind: 'label';
  /** Event id of the message it is about. */
  readonly messageId: string;
  readonly urgent: boolean;
}

/** Bounded: the model's bound (`ftrl.ts`), and `messagesMax` messages of 500 coordinates at most. */
export type LearnedUrgency = {
  readonly model: FtrlState;
  /** Messages whose priority nobody has set yet: of the last month, the last `messagesMax`. */
  readonly awaiting: AwaitingLabels<Message>;
  /** How many labels were learnt. */
  readonly labels: number;
};

/** What of a message is kept until its label comes: its grams' coordinates, and the value of its cues. */
type Message = { readonly grams: readonly number[]; readonly cues: number };

const messagesMax = 200;
/** A message that nobody judged within a month was neither called urgent nor not: it teaches nothing. */
const patienceMs = 30 * 24 * 3_600_000;

/**
 * Chosen on dev. A feature is about 0.15 large and its gradient smaller still: with the β of 1 that suits features of
 * 1, a word seen once would hardly count.
 */
const ftrl = createFtrl({ alpha: 1, beta: 0.02, l1: 0, l2: 0 });

/**
 * How urgent a message is, learnt from the priorities that people set: it begins with the cues of `urgency`, and adds
 * what words have come to mean here. All of it adds up in logit. The contributions are its terms, scaled by the one
 * factor that makes the probability of their sum.
 */
export const learnedUrgency: Scorer<UrgencyLesson, LearnedUrgency> = {
  name: 'learned_urgency',
  version: 1,
  range: '0 … 1, the probability that a person would call it urgent',
  initial: { model: ftrl.initial, awaiting: [], labels: 0 },
  score(lesson, state) {
    if (lesson.kind === 'label') return { state: taught(state, lesson), figure: undefined };
    const grams = hashedGrams(lesson.text.slice(0, textCharsMax));
    const features = { grams: grams.map(({ coordinate }) => coordinate), cues: lesson.cues.value };
    const recent = expire(state.awaiting, lesson.at - patienceMs).awaiting;
    const { awaiting } = remember(recent, { id: lesson.eventId, at: lesson.at, features }, messagesMax);
    return { state: { ...state, awaiting }, figure: figureOf(state, lesson, features, grams) };
  },
};

/** A label whose message no longer waits teaches nothing. */
function taught(state: LearnedUrgency, { messageId, urgent }: UrgencyLabel): LearnedUrgency {
  const { awaiting, released } = resolve(state.awaiting, messageId);
  const [message] = released;
  if (!message) return state;
  const model = ftrl.learn(state.model, vectorOf(message.features), urgent, priorOf(message.features));
  return { model, awaiting, labels: state.labels + 1 };
}

function vectorOf({ grams, cues }: Message): SparseVector {
  const { coordinates, values } = gramsVector(grams);
  return { coordinates: [...own, ...coordinates], values: [1, cues, ...values] };
}

/** Coordinates of what is no gram: how often messages are urgent here, and what cues are worth here. */
const own = [hashedDimensions, hashedDimensions + 1];

/** What cues are worth in logit before anything was learnt: a value of ½ is an even chance. */
const priorOf = ({ cues }: Message): number => logitPerCue * (cues - 1 / 2);
const logitPerCue = 4;

function figureOf(
  { model, labels }: LearnedUrgency,
  { eventId, cues }: UrgencyMessage,
  message: Message,
  grams: readonly HashedGram[],
): Figure {
  const { coordinates, values } = vectorOf(message);
  const { logit, weights } = ftrl.predict(model, { coordinates, values }, priorOf(message));
  const value = probabilityOf(logit);
  const scale = logit === 0 ? 1 / 4 : (value - 1 / 2) / logit;
  const known = weights.filter((weight) => weight !== 0).length / weights.length;
  const learnt = weights.map((weight, index) => ({
    name: ['how many are urgent here', 'what cues mean here'][index] ?? 'what words mean here',
    weight: scale * weight,
    value: values[index] ?? 0,
    eventId,
    quote: grams[index - own.length]?.text ?? null,
  }));
  return {
    value,
    confidence: 1 - (1 - cues.confidence) * (1 - known * (1 - Math.exp(-labels / labelsOfWeight))),
    contributions: [
      { name: 'without cues', weight: 1, value: 1 / 2 - (scale * logitPerCue) / 2, eventId, quote: null },
      ...cues.contributions.map((cue) => ({ ...cue, weight: scale * logitPerCue * cue.weight })),
      ...largest(learnt, eventId).map((term) => ({ ...term, quote: term.quote && quoteOf(term.quote) })),
    ],
  };
}

/** After so many labels, what was learnt counts as known by two thirds. */
const labelsOfWeight = 100;

/** The terms that say most, and the sum of the others as one. */
function largest(terms: readonly Contribution[], eventId: string): readonly Contribution[] {
  const sizeOf = ({ weight, value }: Contribution): number => Math.abs(weight * value);
  const spoken = terms.filter((term) => sizeOf(term) > 0).toSorted((a, b) => sizeOf(b) - sizeOf(a));
  const rest = spoken.slice(termsTold).reduce((sum, { weight, value }) => sum + weight * value, 0);
  const others = { name: 'what other words mean here', weight: 1, value: rest, eventId, quote: null };
  return rest === 0 ? spoken.slice(0, termsTold) : [...spoken.slice(0, termsTold), others];
}

const termsTold = 8;

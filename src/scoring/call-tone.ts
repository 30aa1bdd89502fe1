import type { Contribution } from '../core/score.ts';
import type { Figure, Scorer } from './scorer.ts';
import { sentiment, type TextSeen } from './sentiment.ts';
import { quoteOf, textCharsMax } from './text.ts';

/** What one person said in one go. */
export interface CallTurn {
  readonly eventId: string;
  readonly speaker: string;
  /** Only what the customer says is scored; a team is friendly for its living. */
  readonly by: 'customer' | 'team';
  /** From the call's start, ms. */
  readonly at: number;
  readonly text: string;
}

export interface CallTone {
  /** −1 … 1, with the sentences that made it. */
  readonly figure: Figure;
  /** Each of the customer's people, in the order they first spoke. */
  readonly speakers: readonly { readonly speaker: string; readonly figure: Figure }[];
  /** The quarters of the call, by time; undefined where the customer said nothing. */
  readonly quarters: readonly (Figure | undefined)[];
}

/** So many turns of a call are read, the last ones: how it ended says most. */
const turnsMax = 500;
const quarterCount = 4;
/** So many sentences are told as contributions; the rest as one. */
const sentencesTold = 12;

/** How a call went for the customer: whole, per speaker and per quarter. Undefined where no customer said a word. */
export function callTone(
  turns: readonly CallTurn[],
  durationMs: number,
  scorer: Scorer<TextSeen, null> = sentiment,
): CallTone | undefined {
  const said = turns.slice(-turnsMax).filter(({ by }) => by === 'customer');
  const sentences = said.flatMap((turn) => sentencesOf(turn, scorer));
  const figure = documentTone(sentences);
  if (!figure) return undefined;
  const speakers = [...new Set(sentences.map(({ speaker }) => speaker))].flatMap((speaker) => {
    const own = documentTone(sentences.filter((sentence) => sentence.speaker === speaker));
    return own ? [{ speaker, figure: own }] : [];
  });
  const quarterOf = (at: number): number =>
    Math.max(0, Math.min(quarterCount - 1, Math.floor((at * quarterCount) / Math.max(1, durationMs))));
  const quarters = Array.from({ length: quarterCount }, (_, quarter) =>
    documentTone(sentences.filter(({ at }) => quarterOf(at) === quarter)),
  );
  return { figure, speakers, quarters };
}

interface Sentence {
  readonly eventId: string;
  readonly speaker: string;
  readonly at: number;
  readonly text: string;
  readonly value: number;
  readonly confidence: number;
}

function sentencesOf({ eventId, speaker, at, text }: CallTurn, scorer: Scorer<TextSeen, null>): readonly Sentence[] {
  const texts = text.slice(0, textCharsMax).split(/(?<=[.!?])\s+|\n+/);
  return texts.flatMap((sentence) => {
    const { figure } = scorer.score({ eventId, text: sentence }, null);
    if (!figure) return [];
    return [{ eventId, speaker, at, text: sentence, value: figure.value, confidence: figure.confidence }];
  });
}

/**
 * The mean of sentences by their length; the last and the worst count double (peak and end: Kahneman et al. 1993).
 * Confidence is that of a sentence at hand, and grows with each that has a tone.
 */
function documentTone(sentences: readonly Sentence[]): Figure | undefined {
  if (sentences.length === 0) return undefined;
  const worst = sentences.reduce(
    (found, { value }, index) => (value < (sentences[found]?.value ?? 1) ? index : found),
    0,
  );
  const lengths = sentences.map(
    ({ text }, index) => text.length * (index === sentences.length - 1 ? 2 : 1) * (index === worst ? 2 : 1),
  );
  const whole = lengths.reduce((sum, length) => sum + length, 0);
  const parts = sentences.map(({ eventId, text, value }, index) => ({
    name: 'sentence',
    weight: (lengths[index] ?? 0) / whole,
    value,
    eventId,
    quote: quoteOf(text),
  }));
  return {
    value: parts.reduce((sum, { weight, value }) => sum + weight * value, 0),
    confidence: 1 - sentences.reduce((doubt, { confidence }) => doubt * (1 - confidence), 1),
    contributions: told(parts),
  };
}

function told(parts: readonly Contribution[]): readonly Contribution[] {
  const strength = ({ weight, value }: Contribution): number => Math.abs(weight * value);
  const named = parts.filter(({ value }) => value !== 0).toSorted((a, b) => strength(b) - strength(a));
  if (named.length === 0) return parts.slice(0, 1).map((part) => ({ ...part, name: 'no tone' }));
  if (named.length <= sentencesTold) return named;
  const further = named.slice(sentencesTold);
  const sum = further.reduce((total, { weight, value }) => total + weight * value, 0);
  const eventId = further[0]?.eventId ?? '';
  return [
    ...named.slice(0, sentencesTold),
    { name: 'further sentences', weight: 1, value: sum, eventId, quote: `${further.length} more` },
  ];
}

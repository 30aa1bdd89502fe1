import type { EventHead } from '../core/event.ts';
import { effectOf, sumOf, type Contribution, type Score } from '../core/score.ts';

/** A reason with what it adds to the value and the event it was seen in. */
export interface Reason extends Contribution {
  /** `weight × value`, a double. */
  readonly effect: number;
  /** Which of the score's contributions it is, from 1: effects add up to the value in this order. */
  readonly place: number;
  /** Null where the event is not in the store: not yet, or no more. */
  readonly event: EventHead | null;
}

/** A score in full: each reason, those that weigh most first, and whether they are all there is to the value. */
export interface Explanation extends Omit<Score, 'contributions'> {
  readonly contributions: readonly Reason[];
  /** The effects added up in the order of their places, every step a double. */
  readonly sum: number;
  /** The sum is the value, to the last digit. Not so only where a pipeline made the score without `scored`. */
  readonly exact: boolean;
}

/** Events by id: what is not in it is not in the store. */
export type Events = ReadonlyMap<string, EventHead>;

/** Why a score is what it is. */
export function explain(score: Score, events: Events): Explanation {
  const sum = sumOf(score.contributions);
  const contributions = reasonsOf(score, events).toSorted((a, b) => Math.abs(b.effect) - Math.abs(a.effect));
  return { ...score, contributions, sum, exact: sum === score.value };
}

/** The contributions of a score, as they stand. */
export function reasonsOf({ contributions }: Score, events: Events): readonly Reason[] {
  return contributions.map((contribution, index) => ({
    ...contribution,
    effect: effectOf(contribution),
    place: index + 1,
    event: events.get(contribution.eventId) ?? null,
  }));
}

/** Ids of the events behind scores, each once. */
export function eventIdsOf(...scores: readonly Score[]): readonly string[] {
  return [...new Set(scores.flatMap(({ contributions }) => contributions.map(({ eventId }) => eventId)))];
}

import type { ScoreSettings } from './settings.ts';

/**
 * One reason for a score. The effects (`weight × value`) of all contributions add up to the score's value, so a reader can
 * recompute it; `quote` is what was seen in the event `eventId`: short, of a text verbatim.
 */
export interface Contribution {
  readonly name: string;
  readonly weight: number;
  readonly value: number;
  readonly eventId: string;
  readonly quote: string | null;
}

/** What a contribution adds to the value: its weight times its value, as a double. */
export const effectOf = ({ weight, value }: Pick<Contribution, 'weight' | 'value'>): number => weight * value;

/**
 * What contributions add up to: their effects from the first to the last, every step a double (IEEE 754). A score's value is
 * this sum, to the last digit; in another order the last digit may differ.
 */
export function sumOf(contributions: readonly Contribution[]): number {
  let sum = 0;
  for (const contribution of contributions) sum += effectOf(contribution);
  return sum;
}

/**
 * A named figure about an entity and why. `value` has the range its scorer documents; `confidence` 0…1 is the mass of
 * evidence, not the score. `id = idOf(org, pipeline, name, entity, subject, cause)`.
 */
export interface Score {
  readonly id: string;
  readonly name: string;
  readonly org: string;
  readonly entity: string;
  /** What of the entity it is about (a deal, a conversation, a metric's name), or null for the whole. */
  readonly subject: string | null;
  readonly value: number;
  readonly confidence: number;
  readonly contributions: readonly Contribution[];
  /** Event time, RFC 3339 UTC. */
  readonly time: string;
  readonly pipeline: string;
  readonly version: number;
  /** What was set that it was made under. Absent: it was made as shipped. */
  readonly settings?: ScoreSettings;
}

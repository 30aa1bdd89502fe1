import type { Evidence } from '../core/alert.ts';
import type { Contribution } from '../core/score.ts';

/** So many reasons of a score are told in a sentence. */
const reasonsTold = 4;

/** What a score says as evidence: its value, the reasons that weighed most in their own words, and the events behind. */
export function evidenceOf(score: {
  readonly name: string;
  readonly value: number;
  readonly contributions: readonly Contribution[];
}): Evidence {
  const strongest = score.contributions
    .filter((reason) => reason.weight * reason.value !== 0 && reason.name !== 'limit')
    .toSorted((a, b) => Math.abs(b.weight * b.value) - Math.abs(a.weight * a.value))
    .slice(0, reasonsTold);
  const reasons = strongest.map(({ name, quote }) => (quote === null ? name : `${name} “${quote}”`));
  return {
    text: `${score.name} ${score.value.toFixed(2)}${reasons.length > 0 ? `: ${reasons.join(', ')}` : ''}`,
    eventIds: [...new Set(score.contributions.map(({ eventId }) => eventId))],
    scores: [{ name: score.name, value: score.value }],
  };
}

/** Evidence in plain words. */
export function told(text: string, ...eventIds: readonly string[]): Evidence {
  return { text, eventIds, scores: [] };
}

/** `brightloom` of `account:brightloom`. */
export function nameOf(entity: string): string {
  return entity.slice(entity.indexOf(':') + 1);
}

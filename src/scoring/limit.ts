import { sumOf, type Contribution } from '../core/score.ts';

/**
 * Keeps a sum within its range and says so: where the parts add up to more (or less), one more contribution named
 * `limit` takes the difference, so that they still add up to the value: to its last digit where the limits are whole numbers, for
 * then the difference is a double.
 */
export function limited(
  parts: readonly Contribution[],
  min: number,
  max: number,
  eventId: string,
): { readonly value: number; readonly contributions: readonly Contribution[] } {
  const sum = sumOf(parts);
  const value = Math.min(max, Math.max(min, sum));
  if (value === sum) return { value, contributions: parts };
  const limit = { name: 'limit', weight: 1, value: value - sum, eventId, quote: null };
  return { value, contributions: [...parts, limit] };
}

export const clamp = (value: number, min: number, max: number): number => Math.min(max, Math.max(min, value));

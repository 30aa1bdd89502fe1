/** Nearest rank, of numbers in rising order; `share` 0 … 1. Null where there is nothing. */
export function quantile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.min(sorted.length, Math.ceil(share * sorted.length)) - 1)] ?? null;
}

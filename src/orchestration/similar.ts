/** What is like something else, by words and by meaning: pure functions. Both are ranked where they lie, in ClickHouse. */

/** Words a question is asked by: letters and figures, three at least, each once, the first `termsMax`. */
export function termsOf(text: string): readonly string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]{3,40}/gu) ?? [];
  return [...new Set(words)].slice(0, termsMax);
}

export const termsMax = 24;

/** As Cormack, Clarke and Büttcher (2009) have it. */
const smoothing = 60;

/**
 * Several rankings of things, by id and best first, in one: reciprocal rank fusion (Cormack, Clarke and Büttcher 2009). What stands in
 * one alone counts by that one.
 */
export function fused(rankings: readonly (readonly string[])[]): readonly string[] {
  const worth = new Map<string, number>();
  for (const ranking of rankings) {
    for (const [place, id] of [...new Set(ranking)].entries()) {
      worth.set(id, (worth.get(id) ?? 0) + 1 / (smoothing + place + 1));
    }
  }
  return [...worth].toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).map(([id]) => id);
}

/**
 * What is like something else, by words and, where there are vectors, by meaning: pure functions. Full text is ranked where it lies, in
 * ClickHouse, by BM25.
 */

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

/** Ids by how near their vector is to that of what is sought (cosine), the nearest first. Those of another length are left out. */
export function nearest(
  sought: readonly number[],
  vectors: readonly { readonly id: string; readonly vector: readonly number[] }[],
): readonly string[] {
  return vectors
    .filter(({ vector }) => vector.length === sought.length)
    .map(({ id, vector }) => ({ id, near: cosine(sought, vector) }))
    .toSorted((a, b) => b.near - a.near || (a.id < b.id ? -1 : 1))
    .map(({ id }) => id);
}

function cosine(a: readonly number[], b: readonly number[]): number {
  const length = Math.sqrt(dot(a, a) * dot(b, b));
  return length === 0 ? 0 : dot(a, b) / length;
}

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);

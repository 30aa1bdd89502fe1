/** The candidate somebody probably meant, if one is near enough: a third of the word may differ, one letter at least, or its end be missing. */
export function suggest(word: string, candidates: readonly string[]): string | undefined {
  const near = candidates
    .map((candidate) => ({ candidate, distance: missed(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter((each) => each.distance <= Math.max(1, Math.floor(word.length / 3)))
    .sort((a, b) => a.distance - b.distance);
  return near[0]?.candidate;
}

export function didYouMean(word: string, candidates: readonly string[]): string {
  const meant = suggest(word, candidates);
  return meant === undefined ? '' : `; did you mean "${meant}"?`;
}

/** A word that only ends too early is one letter off. */
const missed = (word: string, candidate: string): number =>
  word.length > 2 && candidate.startsWith(word) ? Number(candidate !== word) : distance(word, candidate);

/** How many letters to put in, take out, change, or change places with the next (optimal string alignment). */
function distance(a: string, b: string): number {
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of a.split('').entries()) {
    const next = [i + 1];
    for (const [j, other] of b.split('').entries()) {
      const change = (row[j] ?? 0) + (letter === other ? 0 : 1);
      const swapped = letter === b[j - 1] && other === a[i - 1] ? (before[j - 1] ?? 0) + 1 : Infinity;
      next.push(Math.min(change, swapped, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    [before, row] = [row, next];
  }
  return row.at(-1) ?? 0;
}

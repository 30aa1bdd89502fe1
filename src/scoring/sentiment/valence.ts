/** The tone of a word or phrase before the rules, −4 … 4: what people rated it, and what was learned on top of that. */
export interface Valence {
  readonly rated: number;
  readonly learned: number;
}

/** What was learned of words and of two words in a row, in points of valence. */
export interface Learned {
  readonly words: ReadonlyMap<string, number>;
  readonly pairs: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

/** Reads the table of `learned.ts`: a line for each valence, `0.4 word first_second`. */
export function learnedOf(table: string): Learned {
  const entries = table.split('\n').flatMap((line) => {
    const [valence, ...keys] = line.trim().split(' ');
    return keys.map((key) => [key, Number(valence)] as const);
  });
  return learnedFrom(entries);
}

/** From entries of words and of pairs, written `first_second`. */
export function learnedFrom(entries: Iterable<readonly [key: string, valence: number]>): Learned {
  const words = new Map<string, number>();
  const pairs = new Map<string, Map<string, number>>();
  for (const [key, valence] of entries) {
    const [first = '', second] = key.split('_');
    if (second === undefined) words.set(first, valence);
    else pairs.set(first, (pairs.get(first) ?? new Map<string, number>()).set(second, valence));
  }
  return { words, pairs };
}

/** The table of what was learned, as `learnedOf` reads it; valences in tenths, greatest first. */
export function tableOf({ words, pairs }: Learned): string {
  const byValence = new Map<string, string[]>();
  const add = (key: string, valence: number): void => {
    const written = valence.toFixed(1);
    byValence.set(written, [...(byValence.get(written) ?? []), key]);
  };
  for (const [word, valence] of words) add(word, valence);
  for (const [first, seconds] of pairs) for (const [second, valence] of seconds) add(`${first}_${second}`, valence);
  return [...byValence]
    .toSorted(([a], [b]) => Number(b) - Number(a))
    .map(([valence, keys]) => [valence, ...keys.toSorted()].join(' '))
    .join('\n');
}

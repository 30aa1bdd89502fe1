import { expect } from 'vitest';
import type { Json } from '../../../src/core/json.ts';

/** What was planted beside what was found, over many companies. */
export interface Tally {
  /** Names of what was planted and of what was found in one company; what bears neither name counts as rightly left out. */
  count(planted: readonly string[], found: readonly string[]): void;
  readonly precision: number;
  readonly recall: number;
  /** Prints both, and expects at least that much of each. */
  expectAtLeast(least: number): void;
}

export function createTally(name: string): Tally {
  let [right, wrong, missed, companies] = [0, 0, 0, 0];
  const mistakes: string[] = [];
  const share = (of: number): number => (right + of === 0 ? 1 : right / (right + of));
  return {
    count(planted, found) {
      const known = new Set(planted);
      const hits = new Set(found.filter((each) => known.has(each)));
      companies += 1;
      right += hits.size;
      missed += known.size - hits.size;
      const others = new Set(found.filter((each) => !known.has(each)));
      wrong += others.size;
      for (const each of others) mistakes.push(`wrong: ${each}`);
      for (const each of known) if (!hits.has(each)) mistakes.push(`missed: ${each}`);
    },
    get precision() {
      return share(wrong);
    },
    get recall() {
      return share(missed);
    },
    expectAtLeast(least) {
      const [precision, recall] = [share(wrong), share(missed)];
      const counts = `${right} right, ${wrong} wrong, ${missed} missed in ${companies} companies${mistakes.length > 0 ? `: ${mistakes.slice(0, 6).join(', ')}` : ''}`;
      process.stdout.write(`${name}: precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)} (${counts})\n`);
      expect(right + missed, `${name}: something was planted`).toBeGreaterThan(0);
      expect(precision, `${name}: ${counts}`).toBeGreaterThanOrEqual(least);
      expect(recall, `${name}: ${counts}`).toBeGreaterThanOrEqual(least);
    },
  };
}

/** The texts of a list that a report gives to the steps after it. */
export const namesIn = (json: Json | undefined): readonly string[] =>
  Array.isArray(json) ? json.filter((each: Json): each is string => typeof each === 'string') : [];

import type { Features } from '../../src/scoring/learning/logistic.ts';
import { createRandom } from '../../src/simulate/random.ts';

/** A case to learn from, and what came of it. */
export interface Case {
  readonly features: Features;
  readonly label: boolean;
}

/** Cases with a number `x`, drawn from a seed, whose label holds with `chanceOf` it. */
export function cases(count: number, seed: string, chanceOf: (x: number) => number): readonly Case[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => {
    const x = random.normal(0, 1);
    return { features: { x }, label: random.chance(chanceOf(x)) };
  });
}

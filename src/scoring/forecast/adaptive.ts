/**
 * Adaptive conformal intervals (Gibbs & Candès 2021): `q ← q + γ (miss − α)`, α = 1 − level. `widen` is what the reach of an
 * interval gets on top, in usual errors: a miss widens by a step, each hit narrows by a small part of one, so that in the long run
 * the part of misses is α whatever the values do.
 */
export function adapted(widen: number, missed: boolean, level: number, gamma = 0.02): number {
  return widen + gamma * ((missed ? 1 : 0) - (1 - level));
}

/**
 * Both sides of Page's test (Page 1954, Hinkley 1971), in the form that needs no minimum kept: `g ← max(0, g + z − δ)`,
 * z in deviations. g is what `m − min m` is in the other form. `since` holds what was seen since g was last 0: the
 * points from which the level has moved, if it has.
 */
export type PageHinkley = { readonly up: Excess; readonly down: Excess };

export type Excess = {
  /** In deviations. */
  readonly g: number;
  readonly since: { readonly count: number; readonly sum: number };
};

const none: Excess = { g: 0, since: { count: 0, sum: 0 } };
export const noExcess: PageHinkley = { up: none, down: none };

/** `z` is how far the value lies from the level, in deviations; `drift` (δ) is how much of it is never counted. */
export function excessAfter({ up, down }: PageHinkley, value: number, z: number, drift: number): PageHinkley {
  return { up: grown(up, value, z - drift), down: grown(down, value, -z - drift) };
}

function grown({ g, since }: Excess, value: number, by: number): Excess {
  if (g + by <= 0) return none;
  return { g: g + by, since: { count: since.count + 1, sum: since.sum + value } };
}

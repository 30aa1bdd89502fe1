import type { Slot } from './compile.ts';

/** The name by which an event fits each slot of a stage; null for those it does not fit. */
export type Fit<N extends string> = readonly (N | null)[];

/**
 * Finds every event a slot it fits, none with more events than it has room for: gives the name each is taken by, or
 * undefined where they cannot all be had. Whoever fits several makes room for who fits one, so the order they come in does not matter
 * (bipartite matching by augmenting paths, Kuhn 1955).
 */
export function slotted<N extends string>(
  fits: readonly Fit<N>[],
  slots: readonly Slot<N>[],
): readonly N[] | undefined {
  const nameAt = (event: number, slot: number): N | undefined => fits[event]?.[slot] ?? undefined;
  const named = (slotOf: readonly number[]): readonly N[] | undefined => {
    const names = slotOf.flatMap((slot, event) => nameAt(event, slot) ?? []);
    return names.length === fits.length ? names : undefined;
  };
  const [only] = slots;
  if (only && slots.length === 1) return fits.length <= only.times ? named(fits.map(() => 0)) : undefined;
  const slotOf: number[] = [];
  const place = (event: number, tried: Set<number>): boolean => {
    for (const [slot, { times }] of slots.entries()) {
      if (nameAt(event, slot) === undefined || tried.has(slot)) continue;
      tried.add(slot);
      const there = fits.flatMap((_, other) => (slotOf[other] === slot ? [other] : []));
      if (there.length >= times && !there.some((other) => place(other, tried))) continue;
      slotOf[event] = slot;
      return true;
    }
    return false;
  };
  return fits.every((_, event) => place(event, new Set())) ? named(slotOf) : undefined;
}

import type { Clock } from '../core/clock.ts';

/** Tells of what may happen thousands of times a second at most so often, and how often it was passed over meanwhile. */
export type Seldom = (key: string, tell: (passedOver: number) => void) => void;

const everyMs = 10_000;
/** Keys beyond that share one turn. */
const keysMax = 1_000;

export function createSeldom(clock: Clock): Seldom {
  const turns = new Map<string, { toldAt: number; passedOver: number }>();
  return (key, tell) => {
    const name = turns.has(key) || turns.size < keysMax ? key : '';
    const turn = turns.get(name);
    const now = clock.now();
    if (turn && now - turn.toldAt < everyMs) {
      turn.passedOver += 1;
      return;
    }
    turns.set(name, { toldAt: now, passedOver: 0 });
    tell(turn?.passedOver ?? 0);
  };
}

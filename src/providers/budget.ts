import type { Clock } from '../core/clock.ts';
import type { Cost } from '../core/agent.ts';

/**
 * P Whoever may say how much is spent: an organisation's day, a run, a task. Before a call its worst case is reserved; what it did cost is
 * settled after it, or it is released whole. Each reservation is ended once; more changes nothing.
 */
export interface Purse {
  reserve(worst: Cost): Promise<Reserved>;
}

export type Reserved =
  | { readonly kind: 'reserved'; readonly reservation: Reservation }
  | { readonly kind: 'refused'; readonly why: string };

export interface Reservation {
  settle(spent: Cost): Promise<void>;
  release(): Promise<void>;
}

export const costs = ['money', 'tokens', 'calls', 'agentSeconds'] as const satisfies readonly (keyof Cost)[];

export const free: Cost = { money: 0, tokens: 0, calls: 0, agentSeconds: 0 };

export function plus(a: Cost, b: Cost): Cost {
  return {
    money: a.money + b.money,
    tokens: a.tokens + b.tokens,
    calls: a.calls + b.calls,
    agentSeconds: a.agentSeconds + b.agentSeconds,
  };
}

/** A purse in memory: what is spent and what is reserved never passes the limit together. */
export function createPurse(limit: Cost): Purse {
  let spent = free;
  // As many as there are calls in flight. Added up anew each time: what is taken out of a sum of doubles leaves dust.
  const reserved = new Set<Cost>();
  return {
    reserve: (worst) => {
      const wanted = [...reserved, worst].reduce(plus, spent);
      const over = costs.find((cost) => wanted[cost] > limit[cost]);
      if (over !== undefined) return Promise.resolve({ kind: 'refused', why: `${over} is used up` });
      const own = { ...worst };
      reserved.add(own);
      const end = (cost: Cost) => {
        if (reserved.delete(own)) spent = plus(spent, cost);
        return Promise.resolve();
      };
      return Promise.resolve({
        kind: 'reserved',
        reservation: { settle: (cost) => end(cost), release: () => end(free) },
      });
    },
  };
}

const dayMs = 24 * 60 * 60_000;

/** A new purse each day, UTC. What was reserved yesterday is settled with yesterday's. Kept in memory: a restart begins the day anew. */
export function createDailyPurse(limit: Cost, clock: Clock): Purse {
  let today = { day: Number.NaN, purse: createPurse(limit) };
  return {
    reserve: (worst) => {
      const day = Math.floor(clock.now() / dayMs);
      if (day !== today.day) today = { day, purse: createPurse(limit) };
      return today.purse.reserve(worst);
    },
  };
}

/** Reserves with each purse, or with none. */
export function together(purses: readonly Purse[]): Purse {
  return {
    reserve: async (worst) => {
      const held: Reservation[] = [];
      for (const purse of purses) {
        const reserved = await purse.reserve(worst);
        if (reserved.kind === 'refused') {
          for (const reservation of held) await reservation.release();
          return reserved;
        }
        held.push(reserved.reservation);
      }
      return {
        kind: 'reserved',
        reservation: {
          settle: async (spent) => {
            for (const reservation of held) await reservation.settle(spent);
          },
          release: async () => {
            for (const reservation of held) await reservation.release();
          },
        },
      };
    },
  };
}

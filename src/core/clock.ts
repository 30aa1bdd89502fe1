/** Time is given, never fetched: whoever needs the present asks a Clock. Milliseconds since 1970, UTC. */
export interface Clock {
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/**
 * A circuit breaker as a value (Nygard, "Release It!", 2007): after some faults in succession a provider is left alone, then one call
 * probes it. Each failed probe doubles the time.
 */
export interface Breaker {
  /** Faults since the last answer. */
  readonly faults: number;
  /** Left alone until then, ms; null: closed. */
  readonly openUntil: number | null;
  /** How often it was opened since the last answer. */
  readonly trips: number;
  /** When the last probe began, ms; null: none since it was opened. */
  readonly probedAt: number | null;
  /** A probe is out. */
  readonly probing: boolean;
}

export const closed: Breaker = { faults: 0, openUntil: null, trips: 0, probedAt: null, probing: false };

const faultsToOpen = 5;
const openMsMin = 10_000;
const openMsMax = 5 * 60_000;
/** Where nobody else is left, an open breaker is tried all the same: no more often than that. */
const lastResortEveryMs = 1_000;

/** `ready`: as any other. `probe`: one call may try. `last-resort`: one may try if nobody else can answer. `open`: none. */
export type BreakerVerdict = 'ready' | 'probe' | 'last-resort' | 'open';

export function verdictOf(breaker: Breaker, now: number): BreakerVerdict {
  if (breaker.openUntil === null) return 'ready';
  if (breaker.probing) return 'open';
  if (now >= breaker.openUntil) return 'probe';
  return breaker.probedAt === null || now >= breaker.probedAt + lastResortEveryMs ? 'last-resort' : 'open';
}

export function afterStart(breaker: Breaker, now: number): Breaker {
  return breaker.openUntil === null ? breaker : { ...breaker, probing: true, probedAt: now };
}

/** What was started before it opened and fails later changes nothing: it tells nothing new. */
export function afterFault(breaker: Breaker, now: number): Breaker {
  if (breaker.openUntil !== null && !breaker.probing) return breaker;
  const faults = Math.min(faultsToOpen, breaker.faults + 1);
  if (faults < faultsToOpen) return { ...breaker, faults };
  const openMs = Math.min(openMsMax, openMsMin * 2 ** breaker.trips);
  return { faults, openUntil: now + openMs, trips: Math.min(16, breaker.trips + 1), probedAt: now, probing: false };
}

/** An end that says nothing of its health: who asked went away, or it answered that it has had enough. */
export function afterNothing(breaker: Breaker): Breaker {
  return { ...breaker, probing: false };
}

import type { Usage } from './provider.ts';

/** Why a model gave no answer that can be used. */
export interface Fault {
  readonly kind: FaultKind;
  /** For people: `HTTP 503`. Without a key, a prompt or an answer in it. */
  readonly detail: string;
  /** How long the provider asks to be left alone, ms; absent where it said nothing. */
  readonly retryAfterMs?: number;
  /** What it is known to have used all the same; absent where nothing is known. */
  readonly usage?: Usage;
}

export type FaultKind = keyof typeof faults;

interface Treatment {
  /** Whether it says that the provider is ill: counts towards opening its breaker. */
  readonly breaker: boolean;
  /** How long it is left alone when it said nothing itself; ms. */
  readonly cooldownMs: number;
  /** What it is to a step of a run whose agent asked. */
  readonly step: StepFault;
}

/** Faults of a step, in the words of orchestration (`orchestration/breaker.ts`). */
export type StepFault = 'transient' | 'timed-out' | 'rate-limited' | 'invalid' | 'unfit';

const minuteMs = 60_000;

/** Every kind of fault and what follows from it. After each of them the next provider is asked. */
export const faults = {
  /** 429: it is well, and has had enough of us. */
  'rate-limited': { breaker: false, cooldownMs: 10_000, step: 'rate-limited' },
  /** 5xx, or nobody listens. */
  unavailable: { breaker: true, cooldownMs: 0, step: 'transient' },
  timeout: { breaker: true, cooldownMs: 0, step: 'timed-out' },
  /** The connection was cut before an answer began. */
  reset: { breaker: true, cooldownMs: 0, step: 'transient' },
  /** What came is not what its protocol says, or more than was asked for. */
  garbage: { breaker: true, cooldownMs: 0, step: 'transient' },
  /** The answer ended before its end. */
  'half-stream': { breaker: true, cooldownMs: 0, step: 'transient' },
  /** 401, 403, 404: the key, the address or the model's name is wrong, and stays so until somebody changes it. */
  misconfigured: { breaker: false, cooldownMs: 5 * minuteMs, step: 'unfit' },
  /** Any other 4xx: it does not take such a request; another may. */
  'invalid-request': { breaker: false, cooldownMs: 0, step: 'unfit' },
  /** The model does not want to answer. */
  refused: { breaker: false, cooldownMs: 0, step: 'unfit' },
  /** The answer was longer than it may be. */
  'too-long': { breaker: false, cooldownMs: 0, step: 'unfit' },
  /** The answer is whole and does not fit the schema. */
  'wrong-schema': { breaker: false, cooldownMs: 0, step: 'invalid' },
  /** The answer is whole and its validator refuses it: prose with a figure of its own, a plan that does not hold. */
  rejected: { breaker: false, cooldownMs: 0, step: 'invalid' },
} as const satisfies Record<string, Treatment>;

/** However long a provider asks to be left alone, it is asked again after an hour. */
const cooldownMsMax = 60 * minuteMs;

/** How long a provider is left alone after a fault; ms, 0 … 1 h. */
export function cooldownMs({ kind, retryAfterMs }: Fault): number {
  return Math.min(cooldownMsMax, Math.max(0, retryAfterMs ?? faults[kind].cooldownMs));
}

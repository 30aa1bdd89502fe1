import { isWeirError, messageOf } from '../core/errors.ts';
import type { FaultKind } from './breaker.ts';

/** What an agent throws where it knows what kind of failure it is. Anything else counts as transient. */
export class AgentFault extends Error {
  readonly fault: FaultKind;
  readonly retryAfterMs: number | null;

  constructor(fault: FaultKind, detail: string, retryAfterMs: number | null = null) {
    super(detail);
    this.name = 'AgentFault';
    this.fault = fault;
    this.retryAfterMs = retryAfterMs;
  }
}

export interface Classified {
  readonly fault: FaultKind;
  readonly detail: string;
  readonly retryAfterMs: number | null;
}

const detailMax = 1_000;

/** What kind of failure it was, and so what helps. */
export function classify(error: unknown): Classified {
  const detail = messageOf(error).slice(0, detailMax);
  if (error instanceof AgentFault) return { fault: error.fault, detail, retryAfterMs: error.retryAfterMs };
  if (isWeirError(error)) {
    if (error.status === 429) return { fault: 'rate-limited', detail, retryAfterMs: (error.retryAfterS ?? 1) * 1_000 };
    if (error.code === 'not-allowed') return { fault: 'refused', detail, retryAfterMs: null };
    if (error.code === 'message-too-large') return { fault: 'invalid', detail, retryAfterMs: null };
  }
  return { fault: 'transient', detail, retryAfterMs: null };
}

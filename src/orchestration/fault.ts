import { isWeirError, messageOf } from '../core/errors.ts';
import { faultKinds, type FaultKind } from './breaker.ts';

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

/** An agent hands its step to another: by name, or (null) to whoever can do it. */
export class HandOff extends AgentFault {
  readonly to: string | null;

  constructor(to: string | null, why: string) {
    super('unfit', `it hands it to ${to ?? 'somebody else'}: ${why}`);
    this.to = to;
  }
}

export interface Classified {
  readonly fault: FaultKind;
  readonly detail: string;
  readonly retryAfterMs: number | null;
  readonly handOff: boolean;
  readonly to?: string;
}

const detailMax = 1_000;

/** What kind of failure it was, and so what helps. */
export function classify(error: unknown): Classified {
  const handOff = error instanceof HandOff;
  const to = handOff ? error.to : null;
  return { ...kindOf(error), handOff, ...(to !== null && { to }), detail: messageOf(error).slice(0, detailMax) };
}

type Kind = Pick<Classified, 'fault' | 'retryAfterMs'>;

function kindOf(error: unknown): Kind {
  const told = toldBy(error);
  if (told) return told;
  if (isWeirError(error)) {
    if (error.status === 429) return { fault: 'rate-limited', retryAfterMs: (error.retryAfterS ?? 1) * 1_000 };
    if (error.code === 'not-allowed') return { fault: 'refused', retryAfterMs: null };
    if (error.code === 'message-too-large') return { fault: 'invalid', retryAfterMs: null };
  }
  // What `AbortSignal.timeout` gives as its reason.
  const timedOut = error instanceof Error && error.name === 'TimeoutError';
  return { fault: timedOut ? 'timed-out' : 'transient', retryAfterMs: null };
}

/** Agents' own faults, and those of tool servers and models: errors that say in these words what they are, whoever made them. */
function toldBy(error: unknown): Kind | undefined {
  if (!(error instanceof Error) || !('fault' in error)) return undefined;
  const fault = faultKinds.find((kind) => kind === error.fault);
  const after = 'retryAfterMs' in error ? error.retryAfterMs : null;
  const retryAfterMs = typeof after === 'number' && after >= 0 && after < Infinity ? after : null;
  return fault && { fault, retryAfterMs };
}

import type { Cost } from '../core/agent.ts';
import { free, type Purse } from './budget.ts';
import { withDeadline } from './deadline.ts';
import type { Fault } from './faults.ts';
import type { Called, Offer, Provider, Usage } from './provider.ts';
import type { Question } from './question.ts';
import { priceOf } from './strategies.ts';

export interface Asked<T> {
  readonly question: Question<T>;
  /** The most it may take. */
  readonly tokens: Usage;
  readonly purse: Purse;
  readonly signal: AbortSignal;
}

/** What came of asking one provider, and what it cost. */
export type Attempted<T> =
  | { readonly kind: 'answered'; readonly value: T; readonly cost: Cost }
  | { readonly kind: 'failed'; readonly fault: Fault; readonly cost: Cost }
  | { readonly kind: 'aborted'; readonly cost: Cost }
  /** It was not asked: its worst case is more than is left. */
  | { readonly kind: 'over-budget'; readonly cost: Cost };

/**
 * Reserves the worst case, asks, and settles what it cost: what the provider told, else, for an answer, all that was reserved. What failed
 * without a word of its cost is released.
 */
export async function attempt<T>(
  provider: Provider,
  { question, tokens, purse, signal }: Asked<T>,
): Promise<Attempted<T>> {
  const { offer } = provider;
  const reserved = await purse.reserve(costOf(offer, tokens));
  if (reserved.kind === 'refused') return { kind: 'over-budget', cost: free };
  const { reservation } = reserved;
  try {
    const ended = await withDeadline(offer.timeoutMs, signal, (inner) => provider.call(question.prompt, inner));
    // Whoever asked and can wait no longer has not gone away: a provider that hangs is one that fails.
    if (ended.kind === 'aborted' && !isOutOfTime(signal)) return { kind: 'aborted', cost: free };
    const called =
      ended.kind === 'ended' ? ended.value : timedOut(ended.kind === 'timeout' ? offer.timeoutMs : undefined);
    const used = usageOf(called, tokens);
    const cost = used === undefined ? free : costOf(offer, used);
    await reservation.settle(cost);
    return { ...judged(called, question), cost };
  } finally {
    // Does nothing after it was settled.
    await reservation.release();
  }
}

/** What a call of so many tokens costs. The seconds belong to the agent that asks, not to the model. */
export function costOf(offer: Offer, { input, output }: Usage): Cost {
  return { money: priceOf(offer, { input, output }), tokens: input + output, calls: 1, agentSeconds: 0 };
}

function timedOut(withinMs?: number): Called {
  const within = withinMs === undefined ? 'as long as it was waited for' : `${withinMs} ms`;
  return { kind: 'failed', fault: { kind: 'timeout', detail: `no answer within ${within}` } };
}

/** Whether it was aborted by `AbortSignal.timeout`. */
const isOutOfTime = ({ reason }: AbortSignal): boolean => reason instanceof Error && reason.name === 'TimeoutError';

function usageOf(called: Called, worst: Usage): Usage | undefined {
  return called.kind === 'answered' ? (called.usage ?? worst) : called.fault.usage;
}

function judged<T>(
  called: Called,
  { read }: Question<T>,
): { kind: 'answered'; value: T } | { kind: 'failed'; fault: Fault } {
  if (called.kind === 'failed') return called;
  const judgement = read(called.text);
  return judgement.kind === 'read'
    ? { kind: 'answered', value: judgement.value }
    : { kind: 'failed', fault: judgement };
}

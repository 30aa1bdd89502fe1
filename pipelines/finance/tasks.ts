import type { ScoreDraft, State, TaskDraft } from '../../src/pipeline/define.ts';
import { evidenceOf } from '../../src/pipeline/evidence.ts';
import type { Counted } from '../../src/pipeline/operators/counted.ts';
import { money } from '../../src/scoring/payments.ts';
import type { Payment } from './payments.ts';
import type { Tuned } from './settings.ts';

/** Agents look closer at a customer's money: each of these is asked once, not with every alert that is repeated. */

/**
 * Once for a run of failures: with the first that makes it critical, whichever attempt the provider is at by then, or that nobody
 * tries again. A payment ends the run, and so does a week without a failure.
 */
export const failuresLookedInto = (state: State, tuned: () => Tuned) =>
  state.keyed<Counted<Payment> | Payment, boolean, TaskDraft>('failures-looked-into', {
    initial: false,
    ttl: '7d',
    on(isAsked, judged) {
      if (!('count' in judged)) return { state: undefined, emit: [] };
      const { input, count } = judged;
      if (isAsked || input.kind !== 'failed') return { state: isAsked, emit: [] };
      const isCritical = input.last || Math.max(count, input.attempt) >= tuned().failuresCritical;
      const task = lookInto('payment-failures', `${money(input)} failed, attempt ${input.attempt}`);
      return { state: isCritical, emit: isCritical ? [task] : [] };
    },
  });

export const sizesToLookInto = ({ largeWarnFrom }: Tuned, size: ScoreDraft) =>
  size.value >= largeWarnFrom ? [lookInto('large-payment', evidenceOf(size).text)] : [];

export const disputesToLookInto = (payment: Payment) =>
  payment.kind === 'disputed'
    ? [lookInto('dispute', `${money(payment)} disputed: ${payment.reason ?? 'no reason given'}`)]
    : [];

const lookInto = (rule: string, because: string): TaskDraft => ({
  output: 'task',
  name: 'financial',
  goal: 'Say what is unusual about the money of this customer, what it may cost, and what to do',
  context: { because },
  alert: { rule },
});

import type { ScoreDraft, TaskDraft } from '../../src/pipeline/define.ts';
import { evidenceOf } from '../../src/pipeline/evidence.ts';
import type { Counted } from '../../src/pipeline/operators/counted.ts';
import { money } from '../../src/scoring/payments.ts';
import type { Payment } from './payments.ts';
import type { Tuned } from './settings.ts';

/** Agents look closer at a customer's money: each of these is asked once, not with every alert that is repeated. */

/** With the failure that makes a run of them critical. */
export function failuresToLookInto({ failuresCritical }: Tuned, { input, count }: Counted<Payment>) {
  if (input.kind !== 'failed') return [];
  const times = Math.max(count, input.attempt);
  const turned = times === failuresCritical || (input.last && times < failuresCritical);
  return turned ? [lookInto('payment-failures', `${money(input)} failed, attempt ${input.attempt}`)] : [];
}

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

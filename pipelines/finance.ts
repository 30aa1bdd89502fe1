import { filter, merge, share } from 'rxjs';
import { definePipeline, isEvent, type ScoreDraft } from '../src/pipeline/define.ts';
import { evidenceOf, nameOf, told } from '../src/pipeline/evidence.ts';
import { alerted } from '../src/pipeline/operators/alerted.ts';
import { each } from '../src/pipeline/operators/each.ts';
import { counted, type Counted } from '../src/pipeline/operators/counted.ts';
import { judged } from '../src/pipeline/operators/judged.ts';
import { scored } from '../src/pipeline/operators/scored.ts';
import { tunedBy } from '../src/pipeline/operators/tuned.ts';
import { money, paymentRisk, paymentSize, type PaymentSeen } from '../src/scoring/payments.ts';
import { transaction } from '../src/scoring/transaction.ts';
import { createTransactionRisk, riskModel } from '../src/scoring/transaction-risk.ts';
import type { RiskExample } from '../src/scoring/transaction/card.ts';
import { followedCards, fraudReportsIn } from './finance/fraud.ts';
import { paymentsOf, type Payment } from './finance/payments.ts';
import { judgeEnding, seatsChanged, subscriptionsOf } from './finance/subscriptions.ts';
import { disputesToLookInto, failuresLookedInto, sizesToLookInto } from './finance/tasks.ts';
import { settings, type Tuned } from './finance/settings.ts';

/** Money: payments that fail, that are disputed, that are larger or otherwise unusual; subscriptions that end or grow. */
export default definePipeline({
  name: 'finance',
  version: 7,
  description: 'Follows payments and subscriptions: failures in a row, disputes, unusual sums and pace, fraud, seats',
  streams: ['finance'],
  makes: ['payment_risk', 'payment_size', 'transaction', 'transaction_risk'],
  models: [riskModel],
  settings,
  run(input, state) {
    const tuned = tunedBy(state, settings);
    const events = input.pipe(filter(isEvent), share());
    const payments = events.pipe(
      each((event) => paymentsOf(event)),
      share(),
    );
    const subscriptions = events.pipe(
      each((event) => subscriptionsOf(event)),
      share(),
    );
    const paid = payments.pipe(
      filter(({ kind }) => kind === 'paid'),
      share(),
    );
    const failures = payments.pipe(
      counted(state, 'failures', {
        match: ({ kind }) => kind === 'failed',
        resets: ({ kind }) => kind === 'paid',
        within: '7d',
        atMost: 20,
      }),
      share(),
    );
    const runsOfFailures = merge(failures, paid).pipe(share());
    const sizes = paid.pipe(scored(state, paymentSize, { seen: (payment) => payment }), share());
    // Each currency by itself: a hundred yen are no hundred dollars.
    const habits = paid.pipe(
      scored(state, transaction, { subject: ({ currency }) => currency, seen: transactionOf }),
      share(),
    );
    const cards = merge(paid, events.pipe(each((event) => fraudReportsIn(event)))).pipe(followedCards(state), share());
    const risks = cards.pipe(
      judged(state, riskModel, createTransactionRisk, {
        seen: ({ asked }) => asked,
        subject: ({ currency }) => currency,
      }),
      share(),
    );
    return merge(
      payments.pipe(scored(state, paymentRisk, { seen: (payment) => payment })),
      sizes,
      habits,
      risks,
      cards.pipe(each(({ examples, reported }) => examples.map((example) => taught(example, reported)))),
      runsOfFailures.pipe(alerted(state, 'payment-failures', { judge: tuned(judgeFailures) })),
      sizes.pipe(alerted(state, 'large-payment', { judge: tuned(judgeSize) })),
      habits.pipe(alerted(state, 'unusual-payment', { judge: tuned(judgeHabits) })),
      risks.pipe(alerted(state, 'fraud-likely', { judge: judgeRisk })),
      payments.pipe(alerted(state, 'dispute', { judge: tuned(judgeDispute) })),
      subscriptions.pipe(alerted(state, 'subscription-ending', { judge: judgeEnding, about: ({ id }) => id })),
      subscriptions.pipe(each(tuned(seatsChanged))),
      runsOfFailures.pipe(failuresLookedInto(state, () => state.tuned(settings))),
      sizes.pipe(each(tuned(sizesToLookInto))),
      payments.pipe(each(disputesToLookInto)),
    );
  },
});

function judgeFailures(tuned: Tuned, judged: Counted<Payment> | Payment, { entity }: { entity: string }) {
  if (!('count' in judged)) return { clear: 'a payment came in' };
  const { input: failed, count, eventIds } = judged;
  if (failed.kind !== 'failed') return undefined;
  const times = Math.max(count, failed.attempt);
  // Most of them go through on the next attempt, and nobody has to do anything.
  if (times === 1 && failed.triedAgain) return undefined;
  const severity =
    times >= tuned.failuresCritical || failed.last ? 'critical' : times >= tuned.failuresWarn ? 'warning' : 'info';
  const why = failed.reason === null ? '' : ` (${failed.reason})`;
  const text = `${money(failed)} failed${why}, attempt ${failed.attempt}; ${count} failures within a week`;
  return {
    raise: {
      kind: 'financial',
      severity,
      title:
        times > 1 ? `Payments of ${nameOf(entity)} failed ${times} times` : `A payment of ${nameOf(entity)} failed`,
      evidence: [told(text, ...eventIds)],
      recommendedActions:
        severity === 'info'
          ? ['Ask for another way to pay']
          : ['Ask for another way to pay', 'Tell the account’s owner before access ends'],
      roles: ['finance', 'customer-success'],
      sources: ['stripe'],
    },
  } as const;
}

function judgeSize(tuned: Tuned, size: ScoreDraft, { entity }: { entity: string }) {
  if (size.value < tuned.largeFrom) return undefined;
  return {
    raise: {
      kind: 'financial',
      severity: size.value >= tuned.largeWarnFrom ? 'warning' : 'info',
      title: `Unusually large payment of ${nameOf(entity)}`,
      evidence: [evidenceOf(size)],
      recommendedActions: ['Check it against the contract', 'Look for a second charge for the same thing'],
      roles: ['finance'],
      sources: ['stripe'],
    },
  } as const;
}

/** By the habits of the customer, what it pays from counts as whom it pays: a card of another country is news. */
const transactionOf = ({ eventId, at, amount, country }: Payment) => ({ eventId, at, amount, counterparty: country });

/** Pace, country, hour and odd payments before; what is unusual for its sum alone, `large-payment` tells. */
function judgeHabits(tuned: Tuned, habits: ScoreDraft, { entity }: { entity: string }) {
  const bySum = habits.contributions.find(({ name }) => name === 'amount');
  if (habits.value < tuned.unusualFrom || (bySum && bySum.weight * bySum.value > habits.value / 2)) return undefined;
  return {
    raise: {
      kind: 'financial',
      severity: habits.value >= tuned.unusualWarnFrom ? 'warning' : 'info',
      title: `Unusual payments of ${nameOf(entity)}`,
      evidence: [evidenceOf(habits)],
      recommendedActions: ['Ask the customer whether these are theirs', 'Look for a charge that was made twice'],
      roles: ['finance'],
      sources: ['stripe'],
    },
  } as const;
}

/** `reported`: the payment that somebody told of. */
const taught = (example: RiskExample, reported: string | undefined) =>
  ({
    output: 'example',
    model: riskModel.name,
    example,
    ...(reported !== undefined && { subject: reported }),
  }) as const;

/** By what was reported here; a few reports are no measure yet. */
function judgeRisk(risk: ScoreDraft, { entity }: { entity: string }) {
  if (risk.value < 0.5 || risk.confidence < 0.3) return undefined;
  return {
    raise: {
      kind: 'financial',
      severity: risk.value >= 0.8 ? 'critical' : 'warning',
      title: `A payment of ${nameOf(entity)} looks like the frauds that were reported`,
      evidence: [evidenceOf(risk)],
      recommendedActions: ['Ask the customer whether it is theirs', 'Refund it before it is disputed'],
      roles: ['finance'],
      sources: ['stripe'],
    },
  } as const;
}

function judgeDispute({ largeDispute }: Tuned, payment: PaymentSeen, { entity }: { entity: string }) {
  if (payment.kind !== 'disputed') return undefined;
  return {
    raise: {
      kind: 'financial',
      severity: payment.amount >= largeDispute ? 'critical' : 'warning',
      title: `${nameOf(entity)} disputes a payment`,
      evidence: [told(`${money(payment)} disputed: ${payment.reason ?? 'no reason given'}`, payment.eventId)],
      recommendedActions: ['Talk to the customer before answering the bank', 'Collect the evidence before it is due'],
      roles: ['finance', 'customer-success'],
      sources: ['stripe'],
    },
  } as const;
}

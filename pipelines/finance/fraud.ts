import type { OperatorFunction } from 'rxjs';
import type { StreamEvent } from '../../src/core/event.ts';
import { jsonAt, textAt } from '../../src/core/read.ts';
import type { State } from '../../src/pipeline/define.ts';
import { reporting, type RiskAsked } from '../../src/scoring/transaction-risk.ts';
import { cardReported, cardSeen, type Card, type RiskExample } from '../../src/scoring/transaction/card.ts';
import { paymentIn, type Payment } from './payments.ts';

/** Somebody said that a payment was fraud, or that it was none after all. */
export interface FraudReport {
  readonly eventId: string;
  readonly payment: string;
  readonly fraud: boolean;
}

/** What a payment or a report makes of a customer's payments. */
export interface CardFollowed {
  readonly currency: string;
  /** The payment to judge. */
  readonly asked: RiskAsked | undefined;
  readonly examples: readonly RiskExample[];
  /** The payment that was reported; undefined where nobody said anything of those that `examples` are of. */
  readonly reported: string | undefined;
}

/** A customer's payments by currency, those paid in last behind; `currenciesMax` of them. A hundred yen are no hundred dollars. */
type Cards = readonly (readonly [currency: string, card: Card])[];

const currenciesMax = 3;

/**
 * Follows what customers pay as the cards of the fraud model, until it is known of each payment whether it was fraud. Whom they
 * pay is always the organisation itself, so there is no terminal to tell apart.
 */
export function followedCards(state: State): OperatorFunction<Payment | FraudReport, CardFollowed> {
  return state.keyed<Payment | FraudReport, Cards, CardFollowed>('fraud', {
    initial: [],
    ttl: '90d',
    on: (cards, seen) => ('fraud' in seen ? afterReport(cards, seen) : afterPayment(cards, seen)),
  });
}

function afterPayment(cards: Cards, { eventId, at, amount, currency, payment }: Payment) {
  if (!(amount >= 0 && amount < measurableBelow)) return { state: cards, emit: [] };
  const before = cards.find(([known]) => known === currency)?.[1] ?? null;
  const paid = { eventId: payment, at, amount, terminalRisk: undefined, everyone: undefined };
  const { state: card, features, examples } = cardSeen(before, paid, reporting);
  const others = cards.filter(([known]) => known !== currency);
  return {
    state: [...others, [currency, card] as const].slice(-currenciesMax),
    emit: [{ currency, asked: { eventId, features }, examples, reported: undefined }],
  };
}

/** Larger numbers are no amounts, and their squares would not be numbers. */
const measurableBelow = 1e15;

/** Which currency it was paid in, a report need not say. */
function afterReport(cards: Cards, { payment, fraud }: FraudReport) {
  const reported = cards.map(([currency, card]) => ({ currency, ...cardReported(card, payment, fraud) }));
  return {
    state: reported.map(({ currency, state }) => [currency, state] as const),
    emit: reported.flatMap(({ currency, examples }) =>
      examples.length > 0 ? [{ currency, asked: undefined, examples, reported: payment }] : [],
    ),
  };
}

/** Disputes have many reasons, as goods that never came; only some say that somebody else paid. */
const fraudReasons: ReadonlySet<string> = new Set(['fraudulent', 'unrecognized']);

export function fraudReportsIn({ id, type, data }: StreamEvent): readonly FraudReport[] {
  const object = jsonAt(data, 'data', 'object');
  const report = (payment: string | undefined, fraud = true) =>
    payment === undefined ? [] : [{ eventId: id, payment, fraud }];
  switch (type) {
    case 'stripe.radar.early_fraud_warning.created':
      return report(paymentIn(object));
    case 'stripe.charge.dispute.created':
    case 'stripe.refund.created':
      return fraudReasons.has(textAt(object, 'reason') ?? '') ? report(paymentIn(object)) : [];
    case 'stripe.charge.refunded':
      return textAt(object, 'refunds', 'data', 0, 'reason') === 'fraudulent' ? report(paymentIn(object)) : [];
    case 'weir.outcome.payment':
      return report(textAt(data, 'payment'), textAt(data, 'outcome') === 'fraud');
    default:
      return [];
  }
}

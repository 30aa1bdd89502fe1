import type { Contribution } from '../core/score.ts';
import { limited } from './limit.ts';
import type { Scorer } from './scorer.ts';
import { quoteOf } from './text.ts';

/** What happened to a customer's payment. `amount` is in `currency` units, not cents; `at` is event time, ms. */
export type PaymentSeen = {
  readonly eventId: string;
  readonly at: number;
  readonly amount: number;
  readonly currency: string;
} & (
  | { readonly kind: 'failed'; readonly attempt: number; readonly last: boolean; readonly reason: string | null }
  | { readonly kind: 'paid' }
  | { readonly kind: 'disputed'; readonly reason: string | null }
);

/** What is left of failures before: halves every 14 days, gone with the next payment. */
export type Arrears = { readonly level: number; readonly at: number; readonly eventId: string } | null;

/** How likely money that is owed does not come: failed attempts, the last attempt, disputes, failures before. */
export const paymentRisk: Scorer<PaymentSeen, Arrears> = {
  name: 'payment_risk',
  version: 1,
  range: '0 … 1; 0 after a payment, about 0.3 for a first failure, 0.6 and more for a run of them',
  initial: null,
  score(seen, arrears) {
    const { eventId, at } = seen;
    if (seen.kind === 'paid') {
      const paid = { name: 'paid', weight: 0, value: 1, eventId, quote: money(seen) };
      return { state: null, figure: { value: 0, confidence: 0.8, contributions: [paid] } };
    }
    const { value, contributions } = limited([...causes(seen), ...before(arrears, at)], 0, 1, eventId);
    const state = { level: value, at: Math.max(at, arrears?.at ?? at), eventId };
    return { state, figure: { value, confidence: arrears ? 0.9 : 0.7, contributions } };
  },
};

function causes(seen: Exclude<PaymentSeen, { kind: 'paid' }>): readonly Contribution[] {
  const { eventId } = seen;
  if (seen.kind === 'disputed') {
    return [
      {
        name: 'disputed',
        weight: 0.6,
        value: 1,
        eventId,
        quote: `${money(seen)}, ${quoteOf(seen.reason ?? 'no reason given')}`,
      },
    ];
  }
  const more = Math.min(Math.max(seen.attempt, 1), 5) - 1;
  return [
    {
      name: 'payment failed',
      weight: 0.3,
      value: 1,
      eventId,
      quote: `${money(seen)}${seen.reason ? `, ${quoteOf(seen.reason)}` : ''}`,
    },
    ...(more > 0
      ? [{ name: 'failed again', weight: 0.12, value: more, eventId, quote: `attempt ${seen.attempt}` }]
      : []),
    ...(seen.last
      ? [{ name: 'last attempt', weight: 0.2, value: 1, eventId, quote: 'no further attempt is planned' }]
      : []),
  ];
}

function before(arrears: Arrears, at: number): readonly Contribution[] {
  if (!arrears) return [];
  const left = arrears.level * 2 ** (-Math.max(at - arrears.at, 0) / halfLifeMs);
  return [{ name: 'failures before', weight: 0.4, value: left, eventId: arrears.eventId, quote: null }];
}

const halfLifeMs = 14 * 86_400_000;

/** What a customer usually pays: running mean and mean deviation of the logarithm of amounts. */
export type UsualAmount = { readonly payments: number; readonly level: number; readonly deviation: number } | null;

/** How much larger a payment is than this customer's usual ones, whatever their size. */
export const paymentSize: Scorer<Pick<PaymentSeen, 'eventId' | 'amount' | 'currency'>, UsualAmount> = {
  name: 'payment_size',
  version: 1,
  range: '0 … 1; 0.5 is about 2.5 times the usual amount of a customer who always pays the same',
  initial: null,
  score(seen, usual) {
    if (!(seen.amount > 0) || !Number.isFinite(seen.amount)) return { state: usual, figure: undefined };
    const size = Math.log(seen.amount);
    const state = learned(usual, size);
    if (!usual || usual.payments < paymentsToWarm) return { state, figure: undefined };
    const distance = (size - usual.level) / Math.max(usual.deviation, deviationMin);
    const beyond = Math.min(distance - usualUpTo, 60);
    const value = beyond > 0 ? 1 - 2 ** (-beyond / usualUpTo) : 0;
    const quote = `${money(seen)}, usually ${money({ ...seen, amount: Math.exp(usual.level) })}`;
    const contribution = {
      name: 'larger than usual',
      weight: beyond > 0 ? value / beyond : 0,
      value: Math.max(beyond, 0),
      eventId: seen.eventId,
      quote,
    };
    return { state, figure: { value, confidence: 1 - Math.exp(-usual.payments / 4), contributions: [contribution] } };
  },
};

const paymentsToWarm = 3;
const usualUpTo = 3;
/** In natural logarithms: amounts within a sixth of each other are the same. */
const deviationMin = 0.15;

function learned(usual: UsualAmount, size: number): UsualAmount {
  if (!usual) return { payments: 1, level: size, deviation: 0 };
  const payments = usual.payments + 1;
  const rate = Math.max(0.15, 1 / payments);
  const reach = 6 * Math.max(usual.deviation, deviationMin);
  const taught = Math.min(Math.max(size, usual.level - reach), usual.level + reach);
  return {
    payments,
    level: usual.level + rate * (taught - usual.level),
    deviation: usual.deviation + rate * (Math.abs(taught - usual.level) - usual.deviation),
  };
}

/** An amount as providers write it, in the currency's smallest unit, in whole units. */
export function amountOf(smallest: number, currency: string): number {
  return unitsWithoutCents.has(currency.toUpperCase()) ? smallest : smallest / 100;
}

const unitsWithoutCents = new Set('BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF UGX VND VUV XAF XOF XPF'.split(' '));

/** `12,400 USD`; the same in every locale. */
export function money({ amount, currency }: { readonly amount: number; readonly currency: string }): string {
  const rounded = amount >= 1_000 ? Math.round(amount) : Math.round(amount * 100) / 100;
  return `${String(rounded).replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, ',')} ${currency.toUpperCase()}`;
}

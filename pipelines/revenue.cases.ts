import { cases, event } from '../src/pipeline/cases.ts';

const entity = 'account:brightloom';

/** On the fifth of a month, counted from January 2024. */
const timeOf = (month: number): string => new Date(Date.UTC(2024, month, 5, 9)).toISOString();

const paid = (month: number, amount: number, currency = 'usd') =>
  event({
    type: 'stripe.invoice.paid',
    stream: 'finance',
    time: timeOf(month),
    entity,
    data: { data: { object: { id: `in_${month}`, amount_paid: amount * 100, currency } } },
  });
const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
/** About a thousand. */
const usual = (month: number): number => 1_000 + ((month * 7) % 11) - 5;

export default cases([
  {
    name: 'a customer who pays the same every month is expected to go on',
    given: many(13, (month) => paid(month, usual(month))),
    expect: {
      scores: [{ name: 'revenue_forecast', entity, subject: 'USD', value: { min: 980, max: 1_020 } }],
      alerts: [],
    },
  },
  {
    name: 'a month far below what was expected is a risk, by how much',
    given: [...many(18, (month) => paid(month, usual(month))), paid(18, 400), { at: timeOf(19), timer: true }],
    expect: { insights: [{ kind: 'risk', title: 'Less money than expected this month' }] },
  },
  {
    name: 'a month without any money is one, too',
    given: [...many(18, (month) => paid(month, usual(month))), { at: timeOf(19), timer: true }],
    expect: { insights: [{ kind: 'risk', title: 'Less money than expected this month' }] },
  },
  {
    name: 'currencies are not added up',
    given: many(4, (month) => [paid(month, 1_000), paid(month, 50_000, 'jpy')]).flat(),
    expect: { scores: [{ name: 'revenue_forecast', subject: 'USD', value: { min: 900, max: 1_100 } }] },
  },
  {
    name: 'the money of the organisation is its payouts',
    given: many(4, (month) =>
      event({
        type: 'stripe.payout.paid',
        stream: 'finance',
        time: timeOf(month),
        entity: 'org:acme',
        data: { data: { object: { id: `po_${month}`, amount: 9_000_000, currency: 'usd' } } },
      }),
    ),
    expect: { scores: [{ name: 'revenue_forecast', entity: 'org:acme', value: 90_000 }] },
  },
]);

import { map, merge, share } from 'rxjs';
import type { StreamEvent } from '../src/core/event.ts';
import { jsonAt, numberAt, textAt } from '../src/core/read.ts';
import { definePipeline, isEvent, type InsightDraft, type Input, type ScoreDraft } from '../src/pipeline/define.ts';
import { each } from '../src/pipeline/operators/each.ts';
import { monthlyWindows } from '../src/pipeline/operators/monthly-windows.ts';
import { scored } from '../src/pipeline/operators/scored.ts';
import { amountOf } from '../src/scoring/payments.ts';
import { createRevenueForecast } from '../src/scoring/revenue-forecast.ts';
import { paymentsOf } from './finance/payments.ts';

/**
 * Revenue: what comes in next month, by currency, and whether this month was as expected. Of a customer by its payments, of the
 * organisation by its payouts. State is of one entity: the organisation's forecast knows nothing of single customers, nor of
 * deals that are open, and a customer's nothing of the others. A first month that was not whole counts as it was.
 */
export default definePipeline({
  name: 'revenue',
  version: 2,
  description: 'Forecasts the money of next month with the range it should lie in; tells of months that lay outside',
  streams: ['finance'],
  makes: ['revenue_forecast'],
  run(input, state) {
    const forecasts = input.pipe(
      each((input) => moneyIn(input)),
      monthlyWindows(state, 'month', { initial: nothing, add, key: ({ currency }) => currency }),
      map(({ sum, key }) => ({ ...sum, currency: key })),
      // Of a month in which nothing was paid, the last payment before it is what is known.
      state.keyed<Paid, string, Paid>('last payment', {
        initial: '',
        ttl: '400d',
        key: ({ currency }) => currency,
        on(last, month) {
          const eventId = month.eventId === '' ? last : month.eventId;
          return { state: eventId, emit: [{ ...month, eventId }] };
        },
      }),
      scored(state, createRevenueForecast({ period: 'monthly', keep: 60 }), {
        seen: ({ eventId, sum, currency }) => ({ eventId, value: Math.round(sum * 100) / 100, unit: currency }),
        subject: ({ currency }) => currency,
        ttl: '400d',
      }),
      share(),
    );
    return merge(forecasts, forecasts.pipe(each((forecast) => surprise(forecast))));
  },
});

interface Money {
  readonly eventId: string;
  /** In whole units; below 0 where it is given back. */
  readonly amount: number;
  /** `USD` */
  readonly currency: string;
}

function moneyIn(input: Input): readonly Money[] {
  if (!isEvent(input)) return [];
  const paid = paymentsOf(input).filter(({ kind }) => kind === 'paid');
  return [...paid, ...othersIn(input)]
    .filter(({ amount }) => amount !== 0)
    .map(({ eventId, amount, currency }) => ({ eventId, amount, currency: currency.toUpperCase().slice(0, 3) }));
}

/** What moves money and is no payment of a customer: a refund takes it back, a payout is the organisation's. */
function othersIn({ id: eventId, type, data }: StreamEvent): readonly Money[] {
  const object = jsonAt(data, 'data', 'object');
  const currency = textAt(object, 'currency') ?? 'usd';
  switch (type) {
    case 'stripe.charge.refunded': {
      const before = numberAt(data, 'data', 'previous_attributes', 'amount_refunded') ?? 0;
      const back = (numberAt(object, 'amount_refunded') ?? before) - before;
      return [{ eventId, amount: -amountOf(back, currency), currency }];
    }
    case 'stripe.payout.paid':
      return [{ eventId, amount: amountOf(numberAt(object, 'amount') ?? 0, currency), currency }];
    default:
      return [];
  }
}

type Month = { readonly eventId: string; readonly sum: number };
type Paid = Month & { readonly currency: string };
const nothing: Month = { eventId: '', sum: 0 };
const add = ({ sum }: Month, { eventId, amount }: Money): Month => ({ eventId, sum: sum + amount });

/** A month outside of where it was expected, by how much. */
function surprise({ contributions, confidence, subject }: ScoreDraft): readonly InsightDraft[] {
  const outside = contributions.find(({ name }) => name === 'outside of what was expected');
  if (!outside) return [];
  const more = outside.value > 0;
  return [
    {
      output: 'insight',
      name: `revenue-unexpected/${subject}`,
      kind: more ? 'opportunity' : 'risk',
      title: more ? 'More money than expected this month' : 'Less money than expected this month',
      detail: `${outside.quote}.`,
      expectedValue: outside.value,
      currency: subject,
      confidence,
      eventIds: [outside.eventId],
    },
  ];
}

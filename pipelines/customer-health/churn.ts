import type { OperatorFunction } from 'rxjs';
import type { StreamEvent } from '../../src/core/event.ts';
import { jsonAt, numberAt, textAt } from '../../src/core/read.ts';
import type { Score } from '../../src/core/score.ts';
import { isEvent, type ExampleDraft, type Input, type ScoreDraft, type State } from '../../src/pipeline/define.ts';
import { judgedBy } from '../../src/pipeline/operators/judged.ts';
import { scoreOf } from '../../src/pipeline/operators/scored.ts';
import { createChurnRisk } from '../../src/scoring/churn.ts';
import {
  churnAfter,
  churnModel,
  churnUnseen,
  silenceDueAt,
  silenceOf,
  type ChurnOutcome,
  type ChurnWatch,
} from '../../src/scoring/churn-outcome.ts';
import type { CustomerSeen } from '../../src/scoring/customer.ts';

/** Scores how likely a customer leaves, and tells the model who left and who stayed. */
export function churnRisk(state: State): OperatorFunction<CustomerSeen | ChurnOutcome, ScoreDraft | ExampleDraft> {
  const scorer = judgedBy(state, churnModel, createChurnRisk);
  return state.keyed<CustomerSeen | ChurnOutcome, ChurnWatch, ScoreDraft | ExampleDraft>('churn', {
    initial: churnUnseen,
    ttl: '180d',
    on: (before, seen) => followed(before, seen),
    // A customer that has gone silent leaves without a word: its own clock scores it again, week by week.
    wake(before, { time }) {
      const silence = silenceOf(before, time);
      return silence ? followed(before, silence) : { state: before, emit: [] };
    },
  });

  function followed(before: ChurnWatch, seen: CustomerSeen | ChurnOutcome) {
    const { watch, examples, figure } = churnAfter(before, seen, scorer);
    const told = examples.map((example): ExampleDraft => ({ output: 'example', model: churnModel.name, example }));
    const scores = figure ? [scoreOf(scorer.name, null, figure)] : [];
    const wakeAt = silenceDueAt(watch);
    return { state: watch, emit: [...scores, ...told], ...(wakeAt !== undefined && { wakeAt }) };
  }
}

/** What an input says of whether a customer leaves. */
export function churnSignsIn(input: Input): readonly (CustomerSeen | ChurnOutcome)[] {
  const at = Date.parse(input.time);
  if (!isEvent(input)) {
    const eventId = input.contributions[0]?.eventId ?? input.id;
    return signsOfScore(input).map((sign) => ({ eventId, at, ...sign }));
  }
  const outcome = outcomeOf(input);
  if (outcome) return [{ at, outcome }];
  return signsOfEvent(input).map((sign) => ({ eventId: input.id, at, ...sign }));
}

/** A sign without its event and time. */
type Sign = CustomerSeen extends infer S ? (S extends CustomerSeen ? Omit<S, 'eventId' | 'at'> : never) : never;

const complaintFrom = -0.4;

function signsOfScore({ name, value, contributions }: Score): readonly Sign[] {
  const quote = contributions.find((reason) => reason.quote !== null)?.quote ?? `${name} ${value.toFixed(2)}`;
  switch (name) {
    case 'call_sentiment':
    case 'conversation_sentiment':
      return value <= complaintFrom ? [{ sign: 'complaints', amount: 1, quote }] : [];
    case 'usage_trend':
      return [{ fact: 'use, change', value, quote }];
    default:
      return [];
  }
}

function outcomeOf({ type, data }: StreamEvent): ChurnOutcome['outcome'] | undefined {
  if (type === 'stripe.customer.subscription.deleted') return 'churned';
  // Who subscribes again is a customer again.
  if (type === 'stripe.customer.subscription.created') return 'renewed';
  if (type !== 'weir.outcome.account') return undefined;
  return textAt(data, 'outcome') === 'churned' ? 'churned' : 'renewed';
}

function signsOfEvent({ type, data }: StreamEvent): readonly Sign[] {
  switch (type) {
    case 'intercom.conversation.user.created':
      return [{ sign: 'tickets', amount: 1, quote: 'a conversation' }];
    case 'intercom.conversation.rating.added': {
      const rating = numberAt(data, 'data', 'item', 'conversation_rating', 'rating') ?? 5;
      return rating <= 2 ? [{ sign: 'complaints', amount: 1, quote: `rated ${rating} of 5` }] : [];
    }
    case 'stripe.invoice.payment_failed':
      return [{ sign: 'failed payments', amount: 1, quote: 'a payment failed' }];
    case 'stripe.customer.subscription.updated':
      return signsOfSubscription(data);
    default:
      return [];
  }
}

function signsOfSubscription(data: StreamEvent['data']): readonly Sign[] {
  const object = jsonAt(data, 'data', 'object');
  const previous = jsonAt(data, 'data', 'previous_attributes');
  const item = jsonAt(object, 'items', 'data', 0);
  const seats = numberAt(item, 'quantity') ?? numberAt(object, 'quantity');
  const before = numberAt(previous, 'items', 'data', 0, 'quantity') ?? numberAt(previous, 'quantity') ?? 0;
  const since = numberAt(object, 'start_date') ?? numberAt(object, 'created');
  const renewal = numberAt(object, 'current_period_end') ?? numberAt(item, 'current_period_end');
  const contract = contracts.get(textAt(item, 'price', 'recurring', 'interval') ?? '');
  const ending = jsonAt(object, 'cancel_at_period_end') === true ? 'yes' : 'no';
  return [
    { fact: 'cancellation planned', value: ending, quote: `cancellation planned: ${ending}` },
    ...(contract === undefined ? [] : [{ fact: 'contract', value: contract, quote: contract }]),
    ...(since === undefined ? [] : [{ fact: 'customer since', value: since * 1_000, quote: dayOf(since) }]),
    ...(renewal === undefined ? [] : [{ fact: 'renewal', value: renewal * 1_000, quote: dayOf(renewal) }]),
    ...(seats !== undefined && seats < before
      ? [{ sign: 'seats removed', amount: before - seats, quote: `${before} seats, then ${seats}` } as const]
      : []),
  ];
}

/** By Stripe's intervals, in the words the model is shipped with. */
const contracts: ReadonlyMap<string, string> = new Map([
  ['day', 'month-to-month'],
  ['week', 'month-to-month'],
  ['month', 'month-to-month'],
  ['year', 'one year'],
]);

/** Stripe's times are seconds. One that no calendar has says nothing. */
const dayOf = (seconds: number): string =>
  Math.abs(seconds) < 8.64e12 ? new Date(seconds * 1_000).toISOString().slice(0, 10) : 'some day';

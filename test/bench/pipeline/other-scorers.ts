import type { StreamEvent } from '../../../src/core/event.ts';
import { fnv1a32 } from '../../../src/core/ids.ts';
import { jsonAt, numberAt, textAt } from '../../../src/core/read.ts';
import { changePoint } from '../../../src/scoring/change-point.ts';
import { createChurnRisk } from '../../../src/scoring/churn.ts';
import { createDealPropensity } from '../../../src/scoring/deal-propensity.ts';
import { dealAfter, type Deal } from '../../../src/scoring/deal.ts';
import type { DealSeen } from '../../../src/scoring/deal-risk.ts';
import { createUrgency, messageFeatures, urgencyModel } from '../../../src/scoring/learned-urgency.ts';
import { createRevenueForecast } from '../../../src/scoring/revenue-forecast.ts';
import type { Scorer } from '../../../src/scoring/scorer.ts';
import { plainText } from '../../../src/scoring/text.ts';
import { transaction } from '../../../src/scoring/transaction.ts';
import { transactionRisk, type RiskSeen } from '../../../src/scoring/transaction-risk.ts';
import { cardReported, cardSeen, type Card } from '../../../src/scoring/transaction/card.ts';
import { terminalReported, terminalSeen, type Terminal } from '../../../src/scoring/transaction/terminal.ts';
import { trend } from '../../../src/scoring/trend.ts';
import type { MessageSeen } from '../../../src/scoring/urgency.ts';

/** A scorer over a list of items, from its beginning. */
export interface Calls {
  readonly score: string;
  readonly items: number;
  call(): void;
}

/** Forecasts search; fewer are enough. */
const forecastsMax = 300;

/** Scorers that no pipeline runs yet, on what the simulated events bring: samples, payments, conversations, stages of deals. */
export function otherScorers(events: readonly StreamEvent[]): readonly Calls[] {
  const samples = events.flatMap(samplesIn);
  const payments = events.flatMap(paymentsIn);
  const perSample = over(samples, ({ key }) => key);
  const perAccount = over(payments, ({ account }) => account);
  return [
    perSample(trend),
    perSample(changePoint),
    perAccount(transaction),
    riskCalls(payments),
    urgencyCalls(events.flatMap(messagesIn)),
    over(events.flatMap(usesIn), ({ account }) => account)(createChurnRisk()),
    over(dealsIn(events), () => '')(createDealPropensity()),
    over(payments.slice(0, forecastsMax), ({ account }) => account)(createRevenueForecast({ period: 'monthly' })),
  ];
}

/** Runs a scorer over what it is shown, its state kept by key. */
function over<Item>(items: readonly Item[], keyOf: (item: Item) => string) {
  return <S>(scorer: Scorer<Item, S>): Calls => ({
    score: scorer.name,
    items: items.length,
    call() {
      const states = new Map<string, S>();
      for (const item of items) {
        const key = keyOf(item);
        states.set(key, scorer.score(item, states.get(key) ?? scorer.initial).state);
      }
    },
  });
}

function samplesIn({ id, type, time, entity, data }: StreamEvent) {
  const value = numberAt(data, 'value');
  if (type !== 'metrics.sample' || value === undefined) return [];
  const name = textAt(data, 'name') ?? '';
  return [{ key: `${entity} ${name}`, eventId: id, at: Date.parse(time), value, unit: textAt(data, 'unit') ?? '' }];
}

interface Payment {
  readonly eventId: string;
  readonly at: number;
  readonly account: string;
  readonly amount: number;
  readonly value: number;
  readonly unit: string;
  readonly counterparty: string;
}

const counterparties = 5;

function paymentsIn({ id, type, time, org, entity, data }: StreamEvent): readonly Payment[] {
  const cents = numberAt(data, 'data', 'object', 'amount_paid');
  if (type !== 'stripe.invoice.paid' || cents === undefined) return [];
  const amount = cents / 100;
  const counterparty = String(fnv1a32(id) % counterparties);
  return [
    {
      eventId: id,
      at: Date.parse(time),
      account: `${org} ${entity}`,
      amount,
      value: amount,
      unit: 'usd',
      counterparty,
    },
  ];
}

function messagesIn({ id, type, time, data }: StreamEvent) {
  const body = textAt(jsonAt(data, 'data', 'item'), 'source', 'body');
  if (type !== 'intercom.conversation.user.created' || body === undefined) return [];
  return [{ eventId: id, at: Date.parse(time), text: plainText(body) }];
}

/** As it is after the priorities of these very messages have been told: every third is urgent. */
function urgencyCalls(messages: readonly MessageSeen[]): Calls {
  const fresh = createUrgency();
  const learning = messages.reduce((learned, message, index) => {
    const { figure } = fresh.score(message, fresh.initial);
    if (!figure) return learned;
    const features = messageFeatures(message.text ?? '', figure);
    return urgencyModel.learn(learned, { ...features, urgent: index % 3 === 0, told: true });
  }, urgencyModel.initial);
  const scorer = createUrgency(learning);
  return {
    score: 'learned_urgency',
    items: messages.length,
    call: () => messages.forEach((message) => scorer.score(message, scorer.initial)),
  };
}

function usesIn(event: StreamEvent) {
  const { org, entity } = event;
  if (!entity.startsWith('account:')) return [];
  return samplesIn(event).map(({ eventId, at, value }) => {
    return { account: `${org} ${entity}`, eventId, at, quote: String(value), sign: 'use' as const, amount: value };
  });
}

const stages = ['appointmentscheduled', 'qualifiedtobuy', 'contractsent'] as const;

/** HubSpot's events as the facts of one deal after another. */
function dealsIn(events: readonly StreamEvent[]): readonly DealSeen[] {
  const seen: DealSeen[] = [];
  let deal: Deal | null = null;
  for (const { id: eventId, stream, time } of events) {
    if (stream !== 'hubspot') continue;
    const at = Date.parse(time);
    const stage = stages[seen.length % stages.length];
    deal = dealAfter(
      seen.length % stages.length === 0 ? null : deal,
      stage === undefined ? { eventId, at, kind: 'created' } : { eventId, at, kind: 'stage', stage },
    );
    if (deal) seen.push({ deal, at, eventId });
  }
  return seen;
}

/** One transaction in so many is reported with the next of its card. */
const reportedOneIn = 20;

/** The whole step of a transaction: its terminal, its card, and the one model. */
function riskCalls(payments: readonly Payment[]): Calls {
  return {
    score: transactionRisk.name,
    items: payments.length,
    call() {
      const cards = new Map<string, Card>();
      const terminals = new Map<string, Terminal>();
      let model = transactionRisk.initial;
      const learn = (seen: RiskSeen) => {
        model = transactionRisk.score(seen, model).state;
      };
      for (const [index, { eventId, at, account, amount, counterparty }] of payments.entries()) {
        const terminal = terminalSeen(terminals.get(counterparty) ?? null, at / 1_000);
        const card = cardSeen(cards.get(account) ?? null, {
          eventId,
          at,
          amount,
          terminalRisk: terminal.risk,
          everyone: undefined,
        });
        learn({ eventId, examples: card.examples, features: card.features });
        terminals.set(counterparty, terminal.state);
        cards.set(account, card.state);
        if (index % reportedOneIn !== 0) continue;
        const reported = cardReported(card.state, eventId);
        learn({ eventId, examples: reported.examples });
        terminals.set(counterparty, terminalReported(terminal.state, at / 1_000));
        cards.set(account, reported.state);
      }
    },
  };
}

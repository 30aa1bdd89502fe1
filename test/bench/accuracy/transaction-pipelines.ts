import type { Observable } from 'rxjs';
import { filter, map } from 'rxjs/operators';
import type { StreamEvent } from '../../../src/core/event.ts';
import type { Json } from '../../../src/core/json.ts';
import { definePipeline, isEvent, type Input, type Pipeline, type State } from '../../../src/pipeline/define.ts';
import { createEngine } from '../../../src/pipeline/engine.ts';
import { each } from '../../../src/pipeline/operators/each.ts';
import { scored } from '../../../src/pipeline/operators/scored.ts';
import { createState } from '../../../src/pipeline/state.ts';
import { transaction } from '../../../src/scoring/transaction.ts';
import { transactionRisk, type RiskSeen } from '../../../src/scoring/transaction-risk.ts';
import { cardReported, cardSeen, type Card } from '../../../src/scoring/transaction/card.ts';
import {
  terminalReported,
  terminalSeen,
  type Terminal,
  type TerminalRisk,
} from '../../../src/scoring/transaction/terminal.ts';
import { everyoneAfter, usualOfEveryone, type Everyone, type Usual } from '../../../src/scoring/transaction/usual.ts';
import { timed } from './measure.ts';

/** What the acquirer's stream brings: payments, and later the reports that some of them were fraud. Times are ms. */
export type Happened = {
  readonly at: number;
  readonly id: string;
  readonly card: string;
  readonly terminal: string;
} & (
  | { readonly kind: 'paid'; readonly amount: number }
  | { readonly kind: 'reported'; readonly paidAt: number; readonly paidId: string }
);

type Paid = Extract<Happened, { kind: 'paid' }>;
type Asked = { readonly paid: Paid; readonly everyone: Usual | undefined };
type Step = {
  readonly happened: Happened;
  readonly everyone: Usual | undefined;
  readonly risk: TerminalRisk | undefined;
};

/** Without labels: what everyone pays is followed under one key, habits under the card's. */
export const anomalyPipeline: Pipeline = definePipeline({
  name: 'transactions',
  version: 1,
  description: 'How surprising a transaction is for its card',
  streams: ['custom'],
  run: (input, state) =>
    withEveryone(happenedOf(input), state).pipe(
      each(({ happened, everyone }) => (happened.kind === 'paid' ? [{ paid: happened, everyone }] : [])),
      scored(state, transaction, {
        subject: ({ paid }: Asked) => paid.card,
        seen: ({ paid, everyone }: Asked) => ({
          eventId: paid.id,
          at: paid.at,
          amount: paid.amount,
          counterparty: paid.terminal,
          everyone,
        }),
      }),
    ),
});

/** With reports: everyone, then the terminal, then the card, then the one model. */
export const riskPipeline: Pipeline = definePipeline({
  name: 'transaction-risk',
  version: 1,
  description: 'How likely a transaction is fraud, learned from reports',
  streams: ['custom'],
  run: (input, state) =>
    withEveryone(happenedOf(input), state).pipe(
      terminalStep(state),
      cardStep(state),
      scored(state, transactionRisk, { seen: (seen) => seen }),
    ),
});

const ttl = '365d';

function withEveryone(happened: Observable<Happened>, state: State): Observable<Step> {
  return happened.pipe(
    state.keyed<Happened, Everyone, Step>('everyone', {
      initial: null,
      ttl,
      on: (everyone, happened) => ({
        state: happened.kind === 'paid' ? everyoneAfter(everyone, happened.amount) : everyone,
        emit: [{ happened, everyone: usualOfEveryone(everyone), risk: undefined }],
      }),
    }),
  );
}

function terminalStep(state: State) {
  return state.keyed<Step, Terminal, Step>('terminal', {
    initial: null,
    ttl,
    key: ({ happened }) => happened.terminal,
    on(terminal, step) {
      const { happened } = step;
      if (happened.kind === 'reported') {
        return { state: terminalReported(terminal, happened.paidAt / 1_000), emit: [step] };
      }
      const seen = terminalSeen(terminal, happened.at / 1_000);
      return { state: seen.state, emit: [{ happened, everyone: step.everyone, risk: seen.risk }] };
    },
  });
}

function cardStep(state: State) {
  return state.keyed<Step, Card, RiskSeen>('card', {
    initial: null,
    ttl,
    key: ({ happened }) => happened.card,
    on(card, { happened, everyone, risk }) {
      const eventId = happened.id;
      if (happened.kind === 'reported') {
        const { state, examples } = cardReported(card, happened.paidId);
        return { state, emit: [{ eventId, examples }] };
      }
      if (!risk) return { state: card, emit: [] };
      const { at, amount } = happened;
      const seen = cardSeen(card, { eventId, at, amount, terminalRisk: risk, everyone });
      return { state: seen.state, emit: [{ eventId, examples: seen.examples, features: seen.features }] };
    },
  });
}

function happenedOf(input: Observable<Input>): Observable<Happened> {
  return input.pipe(
    filter(isEvent),
    map(({ id, data }) => {
      const at = number(data['at']);
      const card = text(data['card']);
      const terminal = text(data['terminal']);
      return data['kind'] === 'paid'
        ? { kind: 'paid', id, at, card, terminal, amount: number(data['amount']) }
        : { kind: 'reported', id, at, card, terminal, paidAt: number(data['paidAt']), paidId: text(data['paidId']) };
    }),
  );
}

const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
const number = (value: Json | undefined): number => (typeof value === 'number' ? value : 0);

/** The score made of each payment, and how long the runtime and its pipeline took for all, µs. */
export interface Ran {
  readonly scores: readonly number[];
  readonly microseconds: number;
}

/**
 * Runs a pipeline of the runtime over the stream, all of it one entity's, one event at a time. To make the events is none of its work:
 * they are made beforehand, so many at once that to look at the clock costs nothing.
 */
export function throughPipeline(pipeline: Pipeline, stream: Iterable<Happened>): Ran {
  const store = createState({ maxEntities: 10, maxCells: 100_000, idleMs: 10 * 365 * 86_400_000 });
  const engine = createEngine([pipeline], store);
  const scores: number[] = [];
  let sequence = 0;
  let microseconds = 0;
  for (const happened of chunksOf(stream, eventsAtOnce)) {
    const events = happened.map(eventOf);
    const work = timed(1, () => {
      for (const [at, event] of events.entries()) {
        sequence += 1;
        engine.event(event, sequence);
        const [score] = engine.take().scores;
        if (happened[at]?.kind === 'paid') scores.push(score?.value ?? 0);
      }
    });
    microseconds += work.microseconds;
  }
  return { scores, microseconds };
}

const eventsAtOnce = 100;

function* chunksOf<T>(all: Iterable<T>, size: number): Generator<readonly T[]> {
  let chunk: T[] = [];
  for (const one of all) {
    chunk.push(one);
    if (chunk.length < size) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

function eventOf(happened: Happened): StreamEvent {
  const time = new Date(happened.at).toISOString();
  return {
    specversion: '1.0',
    id: happened.id,
    source: 'urn:weir:bench',
    type: 'bench.transaction',
    subject: null,
    time,
    org: 'bench',
    entity: 'acquirer',
    origin: 'custom',
    stream: 'custom',
    receivedAt: time,
    data: happened,
  };
}

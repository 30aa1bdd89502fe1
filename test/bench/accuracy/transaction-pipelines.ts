import type { Observable } from 'rxjs';
import { filter, map } from 'rxjs/operators';
import type { StreamEvent } from '../../../src/core/event.ts';
import type { Json } from '../../../src/core/json.ts';
import type { Score } from '../../../src/core/score.ts';
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
type Step = { readonly happened: Happened; readonly everyone?: Usual | undefined; readonly risk?: TerminalRisk };

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
        emit: [{ happened, everyone: usualOfEveryone(everyone) }],
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

/** Runs a pipeline of the runtime over the stream, all of it one entity's, and gives the score made of each payment. */
export function* throughPipeline(pipeline: Pipeline, stream: Iterable<Happened>): Generator<Score | undefined> {
  const store = createState({ maxEntities: 10, maxCells: 100_000, idleMs: 10 * 365 * 86_400_000 });
  const engine = createEngine([pipeline], store);
  let sequence = 0;
  for (const happened of stream) {
    sequence += 1;
    engine.event(eventOf(happened), sequence);
    const score = engine.take().scores[0];
    if (happened.kind === 'paid') yield score;
  }
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

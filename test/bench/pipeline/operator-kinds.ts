import { merge } from 'rxjs';
import type { StreamEvent } from '../../../src/core/event.ts';
import { isEvent, type Input, type Pipeline } from '../../../src/pipeline/define.ts';
import { absent } from '../../../src/pipeline/operators/absent.ts';
import { asOf } from '../../../src/pipeline/operators/as-of.ts';
import { conditionWindows } from '../../../src/pipeline/operators/condition-windows.ts';
import { counted } from '../../../src/pipeline/operators/counted.ts';
import { countWindows } from '../../../src/pipeline/operators/count-windows.ts';
import { debounced } from '../../../src/pipeline/operators/debounced.ts';
import { decayed } from '../../../src/pipeline/operators/decayed.ts';
import { hoppingWindows } from '../../../src/pipeline/operators/hopping-windows.ts';
import { matched } from '../../../src/pipeline/operators/matched.ts';
import { seq } from '../../../src/pipeline/operators/pattern.ts';
import { scored } from '../../../src/pipeline/operators/scored.ts';
import { sessionWindows } from '../../../src/pipeline/operators/session-windows.ts';
import { slidingWindows } from '../../../src/pipeline/operators/sliding-windows.ts';
import { throttled } from '../../../src/pipeline/operators/throttled.ts';
import type { Observable } from 'rxjs';
import { bares, minuteMs, type Step } from './operator-bares.ts';

/** An operator at work in weir's runtime, and the least that does the same to events that come in order. */
export interface OperatorKind {
  readonly name: string;
  over(...given: Parameters<Pipeline['run']>): Observable<unknown>;
  /** A step of its own for each run. */
  bare(): Step;
}

const is =
  (kind: string) =>
  (input: Input): boolean =>
    isEvent(input) && input.type === kind;
const n = (input: Input): number => (isEvent(input) ? Number(input.data['n']) : 0);
const summing = { initial: 0, add: (sum: number, input: Input) => sum + n(input) };
const remember = (input: Input): number => n(input);
const minutes = (count: number) => `${count}m` as const;

/** One of each main kind, over events of three types, `a`, `b` and `c`, a minute apart for each entity. */
export const operatorKinds: readonly OperatorKind[] = [
  {
    name: 'counted',
    over: (input, state) => input.pipe(counted(state, 'x', { match: is('a'), within: minutes(30) })),
    bare: bares.counted,
  },
  {
    name: 'decayed',
    over: (input, state) => input.pipe(decayed(state, 'x', { halfLife: minutes(10) })),
    bare: bares.decayed,
  },
  {
    name: 'tumbling windows',
    over: (input, state) => input.pipe(hoppingWindows(state, 'x', { ...summing, size: minutes(10) })),
    bare: bares.tumbling,
  },
  {
    name: 'hopping windows',
    over: (input, state) =>
      input.pipe(hoppingWindows(state, 'x', { ...summing, size: minutes(10), every: minutes(5) })),
    bare: bares.hopping,
  },
  {
    name: 'sliding windows',
    over: (input, state) => input.pipe(slidingWindows(state, 'x', { remember, within: minutes(10), atMost: 20 })),
    bare: bares.sliding,
  },
  {
    name: 'session windows',
    over: (input, state) =>
      input.pipe(sessionWindows(state, 'x', { ...summing, gap: minutes(5), atMost: minutes(20) })),
    bare: bares.sessions,
  },
  {
    name: 'count windows',
    over: (input, state) => input.pipe(countWindows(state, 'x', { ...summing, size: 10, atMost: minutes(60) })),
    bare: bares.filled,
  },
  {
    name: 'condition windows',
    over: (input, state) =>
      input.pipe(conditionWindows(state, 'x', { ...summing, opens: is('a'), closes: is('c'), atMost: minutes(60) })),
    bare: bares.condition,
  },
  {
    name: 'pattern of three in a row',
    over: (input, state) =>
      input.pipe(
        matched(state, 'x', {
          pattern: seq('a', 'b', 'c').within(minutes(30)),
          events: { a: is('a'), b: is('b'), c: is('c') },
        }),
      ),
    bare: bares.inARow,
  },
  {
    name: 'absence',
    over: (input, state) =>
      input.pipe(
        absent(state, 'x', {
          awaiting: (one: Input) => (is('a')(one) ? one.id : undefined),
          ends: is('c'),
          within: minutes(1),
        }),
      ),
    bare: bares.absence,
  },
  {
    name: 'throttle and debounce',
    over: (input, state) =>
      merge(
        input.pipe(throttled(state, 'x', { remember, every: minutes(10) })),
        input.pipe(debounced(state, 'y', { remember, quiet: minutes(10), atMost: minutes(20) })),
      ),
    bare: bares.paced,
  },
  {
    name: 'as-of join',
    over: (input, state) =>
      input.pipe(
        asOf(state, 'x', {
          tables: { crm: (one: Input) => (is('a')(one) ? n(one) : undefined) },
          asks: isEvent,
          staleAfter: minutes(60),
          keepFor: minutes(120),
        }),
      ),
    bare: bares.asOf,
  },
  {
    name: 'a scorer that adds up',
    over: (input, state) => input.pipe(scored(state, running, { seen: n })),
    bare: bares.scored,
  },
];

const added = { name: 'so far', weight: 1, eventId: 'e', quote: null };
const running = {
  name: 'running',
  version: 1,
  range: 'any',
  initial: 0,
  score: (seen: number, sum: number) => ({
    state: sum + seen,
    figure: { value: sum + seen, confidence: 1, contributions: [{ ...added, value: sum + seen }] },
  }),
};

/** So many events in order, about so many entities; of each entity one a minute. */
export function eventsFor(count: number, entities: number): readonly StreamEvent[] {
  return Array.from({ length: count }, (_, index) => {
    const time = new Date(Date.UTC(2026, 0, 1) + Math.floor(index / entities) * minuteMs).toISOString();
    const id = String(index).padStart(32, '0');
    return {
      specversion: '1.0',
      id,
      source: 'urn:weir:bench',
      type: ['a', 'b', 'c'][Math.floor(index / entities) % 3] ?? 'a',
      subject: null,
      time,
      org: 'bench',
      entity: `account:${index % entities}`,
      origin: 'custom',
      stream: 'custom',
      receivedAt: time,
      data: { n: index % 7 },
    };
  });
}

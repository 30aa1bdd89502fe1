import fc from 'fast-check';
import { map } from 'rxjs';
import { beforeAll, expect, test } from 'vitest';
import { configOf } from '../../src/config/load.ts';
import type { StreamEvent } from '../../src/core/event.ts';
import { pipelinesOf } from '../../src/parts.ts';
import { isEvent, type Input, type Pipeline } from '../../src/pipeline/define.ts';
import { createEngine } from '../../src/pipeline/engine.ts';
import { hoppingWindows } from '../../src/pipeline/operators/hopping-windows.ts';
import type { Outputs } from '../../src/pipeline/outputs.ts';
import { createState } from '../../src/pipeline/state.ts';
import { figure, pipelineOf } from '../support/operators.ts';
import { byEntity, unlike } from './determinism/said.ts';
import { aCompanysLife, eventOf, isTimer } from './determinism/stream.ts';

const start = Date.UTC(2026, 5, 1);
const minuteMs = 60_000;
const latenessMinutes = 120;

/** Real payloads to make random streams of. */
let life: readonly StreamEvent[];
let pipelines: readonly Pipeline[];

beforeAll(async () => {
  life = (await aCompanysLife(1_000)).filter((message) => !isTimer(message)).map(eventOf);
  pipelines = await pipelinesOf(configOf());
});

/** What comes at random: payloads near each other in the company's life, at times of their own, about a few entities. */
const draws = fc.record({
  from: fc.nat(),
  events: fc.array(
    fc.record({
      after: fc.nat(60),
      entity: fc.constantFrom('a', 'b', 'c'),
      minute: fc.nat(600),
      /** How much of the lateness it takes to arrive. */
      delay: fc.double({ min: 0, max: 1, noNaN: true }),
      turn: fc.nat(1_000),
    }),
    { minLength: 10, maxLength: 50 },
  ),
});

interface Drawn {
  readonly event: StreamEvent;
  readonly minute: number;
  readonly arrival: number;
  readonly turn: number;
}

/** In the order of event time. */
function streamOf({ from, events }: typeof draws extends fc.Arbitrary<infer D> ? D : never): readonly Drawn[] {
  return events
    .map(({ after, entity, minute, delay, turn }, index): Drawn => {
      const payload = life[(from + after) % life.length];
      if (!payload) throw new RangeError('there are no payloads');
      const time = new Date(start + minute * minuteMs).toISOString();
      const [kind = ''] = payload.entity.split(':');
      const event = { ...payload, id: `e${index}`, time, receivedAt: time, entity: `${kind}:${entity}` };
      return { event, minute, arrival: minute + delay * latenessMinutes, turn };
    })
    .toSorted((a, b) => a.minute - b.minute);
}

const eventsOf = (stream: readonly Drawn[]): readonly StreamEvent[] => stream.map(({ event }) => event);

/** Each entity's events in their order, and whose turn it is at random. */
function interleaved(stream: readonly Drawn[]): readonly StreamEvent[] {
  const hands = new Map<string, StreamEvent[]>();
  for (const { event } of stream) hands.set(event.entity, [...(hands.get(event.entity) ?? []), event]);
  return stream.toSorted((a, b) => a.turn - b.turn).flatMap(({ event }) => hands.get(event.entity)?.shift() ?? []);
}

const inOrderOfArrival = (stream: readonly Drawn[]) => eventsOf(stream.toSorted((a, b) => a.arrival - b.arrival));

/** Shows the engine the events, then a time so late that every deadline has passed. */
function outputsOf(running: readonly Pipeline[], events: readonly StreamEvent[]): Outputs {
  const engine = createEngine(running, createState(), { scoresFrom: 'outside', frozen: true });
  for (const [index, event] of events.entries()) engine.event(event, index + 1);
  const end = start + 100 * 24 * 60 * minuteMs;
  for (const org of new Set(events.map((event) => event.org)))
    engine.timer({ timer: 'end', org, time: new Date(end).toISOString() }, events.length + 1, end);
  return engine.take();
}

test('on random streams, events of different entities interleaved anew change nothing', () => {
  fc.assert(
    fc.property(draws, (drawn) => {
      const stream = streamOf(drawn);
      const said = byEntity(outputsOf(pipelines, eventsOf(stream)));
      expect(unlike(byEntity(outputsOf(pipelines, interleaved(stream))), said)).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test('on random streams, one entity’s events in another order within the lateness change nothing', () => {
  const patient = pipelines.map((pipeline): Pipeline => ({ ...pipeline, lateness: `${latenessMinutes}m` }));
  fc.assert(
    fc.property(draws, (drawn) => {
      const stream = streamOf(drawn);
      const said = byEntity(outputsOf(patient, eventsOf(stream)));
      expect(unlike(byEntity(outputsOf(patient, inOrderOfArrival(stream))), said)).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test('on random streams, of windows that are told at once and corrected, another order changes only what is corrected later', () => {
  const impatient = {
    ...pipelineOf((input, state) =>
      input.pipe(
        hoppingWindows(state, 'w', {
          initial: 0,
          add: (sum: number, one: Input) => sum + (isEvent(one) ? JSON.stringify(one.data).length : 0),
          size: '30m',
          every: '10m',
          correctFor: `${latenessMinutes}m`,
        }),
        map(({ start, sum, cause }) => figure(String(start), sum, cause)),
      ),
    ),
    streams: ['gong', 'hubspot', 'intercom', 'market', 'metrics', 'finance'],
  } satisfies Pipeline;
  let corrected = 0;
  fc.assert(
    fc.property(draws, (drawn) => {
      const stream = streamOf(drawn);
      const straight = outputsOf([impatient], eventsOf(stream)).scores;
      const permuted = outputsOf([impatient], inOrderOfArrival(stream)).scores;
      corrected += permuted.length - straight.length;
      expect(lastTold(permuted)).toEqual(lastTold(straight));
    }),
    // Few orders lead to a correction, one in thirty.
    { numRuns: 500 },
  );
  expect(corrected).toBeGreaterThan(0);
});

/** What was said last of each entity's windows. */
const lastTold = (scores: Outputs['scores']) =>
  Object.fromEntries(scores.map(({ entity, name, value }) => [`${entity} ${name}`, value]));

import { of } from 'rxjs';
import { mergeMap } from 'rxjs/operators';
import type { StreamEvent } from '../../../src/core/event.ts';
import type { Json, JsonObject } from '../../../src/core/json.ts';
import type { Score } from '../../../src/core/score.ts';
import { definePipeline, isEvent } from '../../../src/pipeline/define.ts';
import { createEngine } from '../../../src/pipeline/engine.ts';
import { scored } from '../../../src/pipeline/operators/scored.ts';
import { createState } from '../../../src/pipeline/state.ts';
import type { Scorer } from '../../../src/scoring/scorer.ts';

/** One point of a stream, as an event brings it. */
export interface Point {
  /** Event time, ms. */
  readonly time: number;
  readonly entity: string;
  readonly data: JsonObject;
}

/**
 * Runs a scorer as in production: a pipeline of the runtime, one event at a time, its state kept per entity by the runtime.
 * Gives for each point the score made of it, or undefined. `seen` reads what the scorer is shown.
 */
export function* throughRuntime<Seen, S extends Json>(
  scorer: Scorer<Seen, S>,
  points: Iterable<Point>,
  seen: (event: StreamEvent) => Seen | undefined,
  maxEntities = 1_000_000,
): Generator<Score | undefined> {
  const pipeline = definePipeline({
    name: 'measured',
    version: 1,
    description: 'The scorer that is measured',
    streams: ['custom'],
    run: (input, state) =>
      input.pipe(
        mergeMap((each) => (isEvent(each) ? of(each) : [])),
        scored(state, scorer, { seen, ttl: '365d' }),
      ),
  });
  const store = createState({ maxEntities, maxCells: 1_000, idleMs: 10 * 365 * 86_400_000 });
  const engine = createEngine([pipeline], store);
  let sequence = 0;
  for (const { time, entity, data } of points) {
    sequence += 1;
    engine.event(eventOf(sequence, time, entity, data), sequence);
    yield engine.take().scores[0];
  }
}

function eventOf(sequence: number, ms: number, entity: string, data: JsonObject): StreamEvent {
  const time = new Date(ms).toISOString();
  return {
    specversion: '1.0',
    id: String(sequence).padStart(32, '0'),
    source: 'urn:weir:bench',
    type: 'bench.point',
    subject: null,
    time,
    org: 'bench',
    entity,
    origin: 'custom',
    stream: 'custom',
    receivedAt: time,
    data,
  };
}

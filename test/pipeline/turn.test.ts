import { mergeMap } from 'rxjs';
import { expect, it } from 'vitest';
import { event } from '../../src/pipeline/cases.ts';
import { definePipeline, isEvent, isScore, type Input, type ScoreDraft } from '../../src/pipeline/define.ts';
import { createEngine } from '../../src/pipeline/engine.ts';
import { each } from '../../src/pipeline/operators/each.ts';
import { createState, defaultLimits } from '../../src/pipeline/state.ts';

const figure = (name: string, subject: string | null, value: number): ScoreDraft => ({
  output: 'score',
  name,
  subject,
  value,
  confidence: 1,
  contributions: [],
});

const hesitant = definePipeline({
  name: 'hesitant',
  version: 1,
  description: 'Says one thing, then another',
  streams: ['custom'],
  makes: ['mood'],
  run: (input) =>
    input.pipe(mergeMap(() => [figure('mood', null, 1), figure('mood', 'a', 2), figure('mood', null, 3)])),
});

const reader = definePipeline({
  name: 'reader',
  version: 1,
  description: 'Repeats what it reads',
  streams: [],
  scores: ['mood'],
  makes: ['echo'],
  run: (input) => input.pipe(mergeMap((score) => (isScore(score) ? [figure('echo', score.subject, score.value)] : []))),
});

it('of two figures of one name and subject for one event the last stands, for readers too: an id is given once', () => {
  const engine = createEngine([hesitant, reader], createState(defaultLimits));
  engine.event(event({ type: 'note', stream: 'custom', time: '2026-01-01T00:00:00Z', entity: 'account:a' }), 1);
  const { scores } = engine.take();
  expect(scores.map(({ name, subject, value }) => [name, subject, value])).toEqual([
    ['mood', null, 3],
    ['mood', 'a', 2],
    ['echo', null, 3],
    ['echo', 'a', 2],
  ]);
  expect(new Set(scores.map(({ id }) => id)).size).toBe(scores.length);
});

it('a pipeline that says more than a thousand things of one event loses that event to the dead letters, and goes on', () => {
  const flood = definePipeline({
    name: 'flood',
    version: 1,
    description: 'Says too much',
    streams: ['custom'],
    makes: ['drop'],
    run: (input) =>
      input.pipe(
        each((one) =>
          isEvent(one) && one.type === 'rain'
            ? Array.from({ length: 1_001 }, (_, index) => figure('drop', String(index), index))
            : [figure('drop', null, 1)],
        ),
      ),
  });
  const engine = createEngine([flood], createState(defaultLimits));
  const about = { stream: 'custom', time: '2026-01-01T00:00:00Z', entity: 'account:a' } as const;
  engine.event(event({ ...about, type: 'rain' }), 1);
  engine.event(event({ ...about, type: 'note' }), 2);
  const { scores, dead } = engine.take();
  expect(dead.map(({ pipeline, reason }) => [pipeline, reason])).toEqual([['flood', 'pipeline-failed']]);
  expect(scores.map(({ value }) => value)).toEqual([1]);
});

it('a pipeline that throws while it lists what an event holds loses that event alone', () => {
  const listing = definePipeline({
    name: 'listing',
    version: 1,
    description: 'Lists what it cannot',
    streams: ['custom'],
    makes: ['part'],
    run: (input) =>
      input.pipe(
        each((one) => {
          if (isEvent(one) && one.type === 'odd') throw new TypeError('no list');
          return [figure('part', 'a', 1), figure('part', 'b', 2)];
        }),
      ),
  });
  const engine = createEngine([listing], createState(defaultLimits));
  const about = { stream: 'custom', time: '2026-01-01T00:00:00Z', entity: 'account:a' } as const;
  engine.event(event({ ...about, type: 'odd' }), 1);
  engine.event(event({ ...about, type: 'note' }), 2);
  const { scores, dead } = engine.take();
  expect(dead.map(({ detail }) => detail)).toEqual(['no list']);
  expect(scores.map(({ subject }) => subject)).toEqual(['a', 'b']);
});

it('an input that fails takes no cell away: what was forgotten for its sake is there again', () => {
  const store = createState({ ...defaultLimits, maxCells: 1 });
  const failing = definePipeline({
    name: 'failing',
    version: 1,
    description: 'Remembers each note by its text, and fails on one',
    streams: ['custom'],
    run: (input, state) =>
      input.pipe(
        state.keyed<Input, string, string>('notes', {
          initial: '',
          ttl: '1d',
          key: (one) => (isEvent(one) ? one.type : ''),
          on: (_, one) => ({ state: 'noted', emit: isEvent(one) ? [one.type] : [] }),
        }),
        each((type) => {
          if (type === 'bad') throw new TypeError('it is bad');
          return [];
        }),
      ),
  });
  const engine = createEngine([failing], store);
  for (const [index, type] of ['good', 'bad'].entries())
    engine.event(event({ type, stream: 'custom', time: '2026-01-01T00:00:00Z', entity: 'account:a' }), index + 1);
  expect(engine.take().dead).toHaveLength(1);
  expect([...store.all()].flatMap(({ cells }) => [...cells.values()].map(({ key }) => key))).toEqual(['good']);
});

it('an input that fails leaves its cells as they were, however often it changed them, with the deadline they had', () => {
  const store = createState();
  const failing = definePipeline({
    name: 'failing',
    version: 1,
    description: 'Counts by the letter, and fails in the middle of one word',
    streams: ['custom'],
    run: (input, state) =>
      input.pipe(
        each((one) => (isEvent(one) ? one.type.split('') : [])),
        state.keyed<string, number, string>('letters', {
          initial: 0,
          ttl: '1d',
          on: (letters, letter, { time }) => ({ state: letters + 1, emit: [letter], wakeAt: time + letters + 1 }),
        }),
        each((letter) => {
          if (letter === '!') throw new TypeError('it is loud');
          return [];
        }),
      ),
  });
  const engine = createEngine([failing], store);
  const say = (type: string, sequence: number) => {
    engine.event(event({ type, stream: 'custom', time: '2026-01-01T00:00:00Z', entity: 'account:a' }), sequence);
    return [...store.all()].flatMap(({ cells }) => [...cells.values()].map((cell) => ({ ...cell })));
  };
  const calm = say('abc', 1);
  expect(calm).toMatchObject([{ state: 3, dueAt: Date.parse('2026-01-01T00:00:00Z') + 3 }]);
  expect(say('de!f', 2)).toEqual(calm);
  expect(say('g', 3)).toMatchObject([{ state: 4 }]);
});

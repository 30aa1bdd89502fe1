import { filter, map } from 'rxjs';
import { expect, test } from 'vitest';
import { event } from '../../src/pipeline/cases.ts';
import { definePipeline, isEvent } from '../../src/pipeline/define.ts';
import { createEngine } from '../../src/pipeline/engine.ts';
import { followedBy } from '../../src/pipeline/operators/followed-by.ts';
import { createState } from '../../src/pipeline/state.ts';

const pairs = definePipeline({
  name: 'pairs',
  version: 1,
  description: 'An ask that is followed by an answer',
  streams: ['custom'],
  lateness: '5m',
  run: (input, state) =>
    input.pipe(
      filter(isEvent),
      followedBy(state, 'pair', {
        first: ({ type }) => (type === 'ask' ? type : undefined),
        second: ({ type }) => type === 'answer',
        within: '10m',
      }),
      map(() => ({
        output: 'score' as const,
        name: 'pair',
        subject: null,
        value: 1,
        confidence: 1,
        contributions: [],
      })),
    ),
});

const at = (type: string, minutes: number) =>
  event({
    type,
    stream: 'custom',
    entity: 'account:brightloom',
    time: new Date(Date.UTC(2026, 2, 1) + minutes * 60_000).toISOString(),
  });

test('what belongs together is found though the next event comes a day later', () => {
  const engine = createEngine([pairs], createState());
  const said = [at('ask', 0), at('answer', 9), at('note', 24 * 60)].flatMap((one, sequence) => {
    engine.event(one, sequence + 1);
    return engine.take().scores;
  });
  expect(said.map(({ time }) => time)).toEqual(['2026-03-01T00:09:00.000Z']);
});

import { mergeMap } from 'rxjs';
import { expect, it } from 'vitest';
import { event } from '../../src/pipeline/cases.ts';
import { definePipeline, isScore, type ScoreDraft } from '../../src/pipeline/define.ts';
import { createEngine } from '../../src/pipeline/engine.ts';
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

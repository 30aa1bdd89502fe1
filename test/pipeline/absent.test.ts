import { map } from 'rxjs';
import { expect, it } from 'vitest';
import type { Input } from '../../src/pipeline/define.ts';
import { absent } from '../../src/pipeline/operators/absent.ts';
import { came, figure, is, minuteMs, pipelineOf, scoresOf, start } from '../support/operators.ts';

/** The minutes at which a silence of an hour was told. */
const toldAt = (arrivals: Parameters<typeof scoresOf>[1], until: number): readonly number[] =>
  scoresOf(
    pipelineOf((input, state) =>
      input.pipe(
        absent(state, 'reply', {
          awaiting: (one: Input) => (is('asked')(one) ? one.id : undefined),
          ends: is('answered'),
          within: '1h',
        }),
        map(({ deadline, cause }) => figure('silence', (deadline - start) / minuteMs, cause)),
      ),
    ),
    arrivals,
    until,
  ).map(({ value }) => value);

it('a question that comes late does not move the waiting back in time', () => {
  expect(toldAt([came(30, 'asked'), came(10, 'asked')], 100)).toEqual([90]);
});

it('an answer from before the question does not end the waiting for one', () => {
  expect(toldAt([came(30, 'asked'), came(10, 'answered')], 100)).toEqual([90]);
});

it('a late question does not keep an answer from ending the waiting', () => {
  expect(toldAt([came(30, 'asked'), came(10, 'asked'), came(40, 'answered')], 100)).toEqual([]);
});

import { map } from 'rxjs';
import type { StreamEvent } from '../../src/core/event.ts';
import type { Pipeline } from '../../src/pipeline/define.ts';
import { matched } from '../../src/pipeline/operators/matched.ts';
import type { Share, Timed } from '../../src/pipeline/operators/pattern.ts';
import { came, figure, is, minuteMs, pipelineOf, scoresOf, start } from './operators.ts';

export type Letter = 'a' | 'b' | 'c' | 'd';
export const events = { a: is('a'), b: is('b'), c: is('c'), d: is('d') };

interface Watched {
  readonly lateness?: Pipeline['lateness'];
  readonly overlapping?: boolean;
  readonly atMost?: number;
  readonly until?: number;
}

/** Matches as `a0 b5→5`: the events by what they are and their minutes, and the minute it was whole. */
export function found(
  pattern: Timed<Letter> | Share<Letter>,
  arrivals: readonly StreamEvent[],
  { lateness = '0s', until, ...options }: Watched = {},
): readonly string[] {
  const pipeline = pipelineOf(
    (input, state) =>
      input.pipe(
        matched(state, 'it', { pattern, events, ...options }),
        map(({ id, end, eventIds }) => figure('match', (end - start) / minuteMs, id, eventIds)),
      ),
    lateness,
  );
  const words = new Map(arrivals.map((one) => [one.id, wordOf(one)]));
  return scoresOf(pipeline, arrivals, until).map(({ value, contributions }) => {
    return `${contributions.map(({ eventId }) => words.get(eventId)).join(' ')}→${value}`;
  });
}

const wordOf = ({ type, time }: StreamEvent): string =>
  `${type.slice('custom.'.length)}${(Date.parse(time) - start) / minuteMs}`;

/** `a0 b5 c7`: what comes, at which minute. */
export const stream = (text: string): readonly StreamEvent[] =>
  text.split(' ').map((word) => came(Number(word.slice(1)), word.slice(0, 1)));

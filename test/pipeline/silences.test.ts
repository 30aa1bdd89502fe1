import { map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Pipeline } from '../../src/pipeline/define.ts';
import { silences } from '../../src/pipeline/operators/silences.ts';
import { came, figure, minuteMs, pipelineOf, scoresOf, start } from '../support/operators.ts';

const hour = 60;
const day = 24 * hour;

const listening: Pipeline['run'] = (input, state) =>
  input.pipe(
    silences(state, 's', { times: 5, atLeast: '5m' }),
    map(({ kind, since, cause }) => figure(kind, (since - start) / minuteMs, cause)),
  );
/** What is told of samples at these minutes: the kind, and since when, in minutes. */
const told = (minutes: readonly number[], until: number): readonly string[] =>
  scoresOf(
    pipelineOf(listening),
    minutes.map((minute) => came(minute, 'sample')),
    until,
  ).map(({ name, value }) => `${name} ${value}`);
const every = (step: number, from: number, until: number): number[] =>
  Array.from({ length: Math.ceil((until - from) / step) }, (_, index) => from + index * step);

describe('a silence', () => {
  it('is five usual intervals without a word, told once, and so is that it is over', () => {
    const regular = every(10, 0, 2 * day);
    const last = 2 * day - 10;
    expect(told(regular, last + 49)).toEqual([]);
    expect(told(regular, last + 51)).toEqual([`silent ${last}`]);
    expect(told([...regular, last + 600, last + 610], last + 640)).toEqual([`silent ${last}`, `speaking ${last}`]);
  });

  it('is five minutes at least', () => {
    const often = every(0.5, 0, 2 * day);
    expect(told(often, 2 * day + 4)).toEqual([]);
    expect(told(often, 2 * day + 5)).toEqual([`silent ${2 * day - 0.5}`]);
  });

  it('is none within a day of the first', () => {
    expect(told(every(10, 0, 20 * hour), 10 * day)).toEqual([]);
  });

  it('is no pause of a night or of a weekend', () => {
    const working = Array.from({ length: 28 }, (_, of) => of)
      .filter((of) => of % 7 < 5)
      .flatMap((of) => every(30, of * day + 8 * hour, of * day + 18 * hour));
    expect(told(working, 28 * day)).toEqual([]);
    expect(told(working, 40 * day)).toHaveLength(1);
  });

  it('is told again, once what comes after it has been learned', () => {
    const twice = [...every(10, 0, 2 * day), ...every(10, 3 * day, 5 * day)];
    expect(told(twice, 6 * day).map((one) => one.split(' ')[0])).toEqual(['silent', 'speaking', 'silent']);
  });
});

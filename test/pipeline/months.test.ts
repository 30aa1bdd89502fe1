import { map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { isEvent, type Input, type Pipeline } from '../../src/pipeline/define.ts';
import { monthlyWindows } from '../../src/pipeline/operators/monthly-windows.ts';
import { came, figure, pipelineOf, scoresOf } from '../support/operators.ts';

/** Minutes from the first of January 2026. */
const day = 24 * 60;
const paid = (days: number, n: number) => came(days * day, 'paid', { n });

const monthly: Pipeline['run'] = (input, state) =>
  input.pipe(
    monthlyWindows<Input, number>(state, 'm', {
      initial: 0,
      add: (sum, one) => sum + (isEvent(one) ? Number(one.data['n']) : 0),
      emptyMax: 2,
    }),
    map(({ start, sum, count, cause }) => figure(`${new Date(start).toISOString().slice(0, 7)} ${count}`, sum, cause)),
  );
const monthsOf = (events: readonly ReturnType<typeof paid>[], untilDays: number): readonly string[] =>
  scoresOf(pipelineOf(monthly), events, untilDays * day).map(({ name, value }) => `${name}: ${value}`);

describe('windows of a month', () => {
  it('go from the first to the first, however long the month is', () => {
    expect(monthsOf([paid(0, 1), paid(30.9, 2), paid(31, 4), paid(58.9, 8)], 60)).toEqual([
      '2026-01 2: 3',
      '2026-02 2: 12',
    ]);
  });

  it('are told when nothing came, too, for as long as was said', () => {
    expect(monthsOf([paid(3, 1)], 365)).toEqual(['2026-01 1: 1', '2026-02 0: 0', '2026-03 0: 0']);
    expect(monthsOf([paid(3, 1), paid(65, 1)], 91)).toEqual(['2026-01 1: 1', '2026-02 0: 0', '2026-03 1: 1']);
  });

  it('do not take what comes when they are over', () => {
    expect(monthsOf([paid(3, 1), paid(40, 1), paid(20, 5)], 60)).toEqual(['2026-01 1: 1', '2026-02 1: 1']);
  });
});

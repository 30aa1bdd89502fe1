import { map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { StreamEvent } from '../../src/core/event.ts';
import { textAt } from '../../src/core/read.ts';
import { checkPipeline } from '../../src/pipeline/check.ts';
import { isEvent, isScore, type Input, type Pipeline } from '../../src/pipeline/define.ts';
import { asOf, markedStale } from '../../src/pipeline/operators/as-of.ts';
import { at, came, figure, is, pipelineOf, scoresOf } from '../support/operators.ts';

const field = (kind: string, name: string) => (input: Input) =>
  isEvent(input) && is(kind)(input) ? { [name]: textAt(input.data, name) ?? '' } : undefined;

const run: Pipeline['run'] = (input, state) =>
  input.pipe(
    asOf(state, 'account', {
      tables: { crm: field('crm', 'stage'), billing: field('billing', 'plan') },
      asks: is('call'),
      staleAfter: '1d',
      keepFor: '10d',
    }),
    map((joined) => {
      const { crm, billing } = joined.rows;
      return markedStale(figure(`${crm?.row['stage']}/${billing?.row['plan']}`, 1), joined);
    }),
  );
const scores = (arrivals: readonly StreamEvent[]) => scoresOf(pipelineOf(run), arrivals, 100_000);
const day = 24 * 60;
const crm = (minute: number, stage: string): StreamEvent => came(minute, 'crm', { stage });
const billing = (minute: number, plan: string): StreamEvent => came(minute, 'billing', { plan });
const call = (minute: number): StreamEvent => came(minute, 'call');

describe('an input is joined with', () => {
  it('what each table said last, as of its own time', () => {
    expect(
      scores([call(0), crm(1, 'won'), billing(2, 'pro'), call(3), crm(4, 'lost'), call(5)]).map(({ name }) => name),
    ).toEqual(['undefined/undefined', 'won/pro', 'lost/pro']);
  });

  it('what held in its time where it comes late, or where the row does', () => {
    expect(
      scores([crm(1, 'new'), crm(9, 'won'), call(5), crm(7, 'offered'), call(8), call(10)]).map(({ name }) => name),
    ).toEqual(['new/undefined', 'offered/undefined', 'won/undefined']);
  });

  it('at most eight rows of a table back', () => {
    const rows = Array.from({ length: 9 }, (_, minute) => crm(minute, `s${minute}`));
    expect(scores([...rows, call(1), call(0)]).map(({ name }) => name)).toEqual([
      's1/undefined',
      'undefined/undefined',
    ]);
  });

  it('nothing that is older than is kept', () => {
    expect(scores([crm(0, 'won'), call(10 * day), call(10 * day + 1)]).map(({ name }) => name)).toEqual([
      'won/undefined',
      'undefined/undefined',
    ]);
  });
});

it('a score says which of its rows are stale or missing, and is less sure for each', () => {
  const [fresh, stale] = scores([crm(0, 'won'), billing(0, 'pro'), call(day), call(2 * day)]);
  expect(fresh).toMatchObject({ confidence: 1, contributions: [] });
  expect(stale).toMatchObject({ value: 1, confidence: 0.25 });
  expect(stale?.contributions).toMatchObject([
    { name: 'stale crm', weight: 0, value: 2, quote: 'crm as of 2.0 days before' },
    { name: 'stale billing', weight: 0, value: 2 },
  ]);
  const [alone] = scores([call(0)]);
  expect(alone).toMatchObject({
    confidence: 0.25,
    contributions: [{ name: 'missing crm' }, { name: 'missing billing' }],
  });
});

it('rows may be scores of other pipelines', async () => {
  const pipeline = pipelineOf((input, state) =>
    input.pipe(
      asOf(state, 'mood', {
        tables: { mood: (one: Input) => (isScore(one) ? one.value : undefined) },
        asks: isEvent,
        staleAfter: '1d',
      }),
      map(({ rows }) => figure('joined', rows.mood?.row ?? 0)),
    ),
  );
  const mood = { at: at(1), score: 'mood', entity: 'account:a', value: -0.5 };
  const example = {
    name: 'a mood, then a call',
    given: [mood, call(2)],
    expect: { scores: [{ name: 'joined', value: -0.5 }] },
  };
  expect(await checkPipeline(pipeline, [example])).toEqual([]);
});

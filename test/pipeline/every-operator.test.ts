import fc from 'fast-check';
import { filter, map, merge, share } from 'rxjs';
import { expect, it } from 'vitest';
import { textAt } from '../../src/core/read.ts';
import type { Given } from '../../src/pipeline/cases.ts';
import { checkPipeline } from '../../src/pipeline/check.ts';
import { isEvent, isScore, type Input, type Pipeline } from '../../src/pipeline/define.ts';
import { createEngine } from '../../src/pipeline/engine.ts';
import { absent } from '../../src/pipeline/operators/absent.ts';
import { asOf, markedStale } from '../../src/pipeline/operators/as-of.ts';
import { conditionWindows } from '../../src/pipeline/operators/condition-windows.ts';
import { cooldown } from '../../src/pipeline/operators/cooldown.ts';
import { countWindows } from '../../src/pipeline/operators/count-windows.ts';
import { debounced } from '../../src/pipeline/operators/debounced.ts';
import { decayed } from '../../src/pipeline/operators/decayed.ts';
import { hoppingWindows } from '../../src/pipeline/operators/hopping-windows.ts';
import { laned } from '../../src/pipeline/operators/laned.ts';
import { matched } from '../../src/pipeline/operators/matched.ts';
import { all, any, not, one, ratio, seq, type Share, type Timed } from '../../src/pipeline/operators/pattern.ts';
import { sampled } from '../../src/pipeline/operators/sampled.ts';
import { sessionWindows } from '../../src/pipeline/operators/session-windows.ts';
import { silences } from '../../src/pipeline/operators/silences.ts';
import { slidingWindows } from '../../src/pipeline/operators/sliding-windows.ts';
import { throttled } from '../../src/pipeline/operators/throttled.ts';
import { thawed } from '../../src/pipeline/frozen.ts';
import { createState } from '../../src/pipeline/state.ts';
import { at, came, figure, is, pipelineOf } from '../support/operators.ts';

type Run = Pipeline['run'];
type Letter = 'a' | 'b' | 'c' | 'low';

/** Keys are few, and not one. */
const key = (input: Input): string => (isEvent(input) ? (textAt(input.data, 'of') ?? '') : 'mood');
const summing = {
  initial: 0,
  add: (sum: number, input: Input) => sum + (isEvent(input) ? Number(input.data['n']) : 1),
  key,
};
const remember = ({ id }: Input): string => id;
const windowed = ({ sum, why, correction, cause }: { sum: number; why: string; correction: number; cause: string }) =>
  figure(`${why} ${correction}`, sum, cause);

const watching =
  (pattern: Timed<Letter> | Share<Letter>, overlapping = false): Run =>
  (input, state) =>
    input.pipe(
      matched(state, 'm', {
        pattern,
        // The last is a score that another pipeline made.
        events: { a: is('a'), b: is('b'), c: is('c'), low: (input: Input) => isScore(input) && input.value < 0 },
        keep: remember,
        overlapping,
        atMost: 4,
      }),
      map(({ id, end, givenUp, eventIds }) => figure(`match ${givenUp}`, end, id, eventIds)),
    );

const operators: Readonly<Record<string, Run>> = {
  'matched, in a row': watching(seq('a', not('c'), any('b', 'low')).within('50m')),
  'matched, overlapping': watching(
    seq(any('a', 'b'), any(one('b').times(2), all('c', any('a', 'low')))).within('1h'),
    true,
  ),
  'matched, an absence': watching(seq(one('a').notFollowedBy('b').within('6m'), 'c').within('1h')),
  'matched, a ratio': watching(ratio('a', 'b', { atLeast: 0.5, least: 2 }).within('40m')),
  hoppingWindows: (input, state) =>
    input.pipe(hoppingWindows(state, 'w', { ...summing, size: '20m', every: '5m', correctFor: '1h' }), map(windowed)),
  slidingWindows: (input, state) =>
    input.pipe(
      slidingWindows(state, 'w', { remember, within: '20m', atMost: 3, key }),
      map(({ eventIds, whole }) => figure(`slid ${whole}`, eventIds.length, undefined, eventIds)),
    ),
  sessionWindows: (input, state) =>
    input.pipe(sessionWindows(state, 'w', { ...summing, gap: '8m', atMost: '25m' }), map(windowed)),
  countWindows: (input, state) =>
    input.pipe(countWindows(state, 'w', { ...summing, size: 3, atMost: '30m' }), map(windowed)),
  conditionWindows: (input, state) =>
    input.pipe(
      conditionWindows(state, 'w', { ...summing, opens: is('a'), closes: is('b'), key: () => '', atMost: '20m' }),
      map(windowed),
    ),
  throttled: (input, state) =>
    input.pipe(
      throttled(state, 'p', { remember, every: '10m', key }),
      map(({ item, count, cause }) => figure(item, count, cause)),
    ),
  debounced: (input, state) =>
    input.pipe(
      debounced(state, 'p', { remember, quiet: '6m', atMost: '20m', key }),
      map(({ item, count, cause }) => figure(item, count, cause)),
    ),
  cooldown: (input, state) =>
    input.pipe(
      cooldown(state, 'p', { quiet: '12m', key }),
      map(({ heldBack }) => figure('passed', heldBack)),
    ),
  sampled: (input) =>
    input.pipe(
      sampled({ share: 0.5, by: ({ id }) => id }),
      map(() => figure('drawn', 1)),
    ),
  decayed: (input, state) =>
    input.pipe(
      decayed(state, 'd', { halfLife: '10m', key, resets: is('c') }),
      map(({ value }) => figure('decayed', value)),
    ),
  laned: (input, state) =>
    input.pipe(
      laned(state, 'l', { allowed: '5m', key }),
      map(({ lane, behindMs, lateCount }) => figure(`${lane} ${behindMs}`, lateCount)),
    ),
  asOf: (input, state) =>
    input.pipe(
      asOf(state, 'j', {
        tables: {
          mood: (one: Input) => (isScore(one) ? one.value : undefined),
          crm: (one: Input) => (is('a')(one) ? { id: one.id } : undefined),
        },
        asks: isEvent,
        staleAfter: '10m',
        keepFor: '30m',
      }),
      map((joined) => markedStale(figure(joined.rows.crm?.row.id ?? 'none', joined.rows.mood?.row ?? 0), joined)),
    ),
  absent: (input, state) =>
    input.pipe(
      absent(state, 'x', {
        awaiting: (one: Input) => (is('a')(one) ? one.id : undefined),
        ends: is('b'),
        within: '10m',
      }),
      map(({ cause, awaited }) => figure(awaited, 1, cause)),
    ),
  silences: (input, state) =>
    input.pipe(
      silences(state, 's', { times: 1.5, atLeast: '1m', intervals: 2, after: '0s', key: () => '' }),
      map(({ kind, since, cause }) => figure(kind, since, cause)),
    ),
  'one behind the other': (input, state) => {
    const matches = input.pipe(
      filter(isEvent),
      matched(state, 'pair', { pattern: seq('a', 'b').within('30m'), events: { a: is('a'), b: is('b') } }),
      share(),
    );
    return merge(
      matches.pipe(map(({ id, eventIds }) => figure('pair', 1, id, eventIds))),
      matches.pipe(
        countWindows(state, 'pairs', { initial: 0, add: (sum: number) => sum + 1, size: 2 }),
        map(({ sum, cause }) => figure('pairs', sum, cause)),
      ),
    );
  },
};

const entity = fc.constantFrom('account:a', 'account:b');
const given: fc.Arbitrary<readonly Given[]> = fc
  .array(
    fc.record({
      minute: fc.nat(70),
      kind: fc.constantFrom('a', 'b', 'c', 'mood'),
      entity,
      n: fc.integer({ min: -3, max: 3 }),
    }),
    { minLength: 8, maxLength: 16 },
  )
  .map((list) => [
    ...list
      .toSorted((a, b) => a.minute - b.minute)
      .map(({ minute, kind, entity, n }, index): Given =>
        kind === 'mood'
          ? { at: at(minute), score: 'mood', entity, value: n, subject: String(index) }
          : came(minute, kind, { n, of: n > 0 ? 'much' : 'little', index }, entity),
      ),
    { at: at(110), timer: true },
    { at: at(1_000), timer: true },
  ]);

it.each(Object.entries(operators))(
  '%s: says the same straight through, restored before every event, and in other orders within its lateness',
  async (_, run) => {
    let said = 0;
    await fc.assert(
      fc.asyncProperty(given, fc.constantFrom('0s' as const, '7m' as const), async (given, lateness) => {
        const pipeline = pipelineOf(run, lateness);
        const engine = createEngine([pipeline], createState(), { scoresFrom: 'outside' });
        for (const [index, one] of given.entries()) if ('specversion' in one) engine.event(one, index);
        said += engine.take().scores.length;
        expect(await checkPipeline(pipeline, [{ name: 'random', given, expect: {} }])).toEqual([]);
      }),
      { numRuns: 25 },
    );
    expect(said).toBeGreaterThan(0);
  },
);

it.each(Object.entries(operators))(
  '%s: remembers little, however much comes, and nothing of what is long past',
  (_, run) => {
    const store = createState();
    const engine = createEngine([pipelineOf(run)], store, { scoresFrom: 'outside' });
    const cells = () => {
      const { take, buckets } = store.beginSnapshot({ all: true });
      return buckets.flatMap((bucket) => [...take(bucket)]).flatMap(({ cells }) => thawed(cells));
    };
    const kinds = ['a', 'b', 'c'] as const;
    let largest = 0;
    for (let index = 0; index < 1_500; index++) {
      const n = (index * 7) % 5;
      // Two of three come late.
      const minute = index * 0.2 - (index % 3) * 2;
      engine.event(
        came(minute, kinds[((index * 5) % 7) % 3] ?? 'a', { n, of: n > 2 ? 'much' : 'little', index }),
        index + 1,
      );
      if (index % 100 === 99) largest = Math.max(largest, ...cells().map(({ state }) => JSON.stringify(state).length));
    }
    expect(largest).toBeLessThan(4_000);
    for (const day of [40, 80]) {
      const time = at(day * 24 * 60);
      engine.timer({ timer: 'end', org: 'acme', time }, 2_000 + day, Date.parse(time));
    }
    expect(cells()).toEqual([]);
  },
);

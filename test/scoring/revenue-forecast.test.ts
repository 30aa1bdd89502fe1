import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { historyMax } from '../../src/scoring/forecast.ts';
import { createRevenueForecast, type Revenue } from '../../src/scoring/revenue-forecast.ts';
import type { Figure } from '../../src/scoring/scorer.ts';
import { deepFrozen } from './arbitraries.ts';

const monthly = createRevenueForecast({ period: 'monthly' });

interface Ran {
  readonly figures: readonly (Figure | undefined)[];
  readonly states: readonly Revenue[];
}

function run(values: readonly number[], between = (state: Revenue): Revenue => state): Ran {
  let state = monthly.initial;
  const figures: (Figure | undefined)[] = [];
  const states: Revenue[] = [];
  for (const [index, value] of values.entries()) {
    const scored = monthly.score({ eventId: `e${index}`, value, unit: 'usd' }, state);
    state = deepFrozen(between(scored.state));
    figures.push(scored.figure);
    states.push(state);
  }
  return { figures, states };
}

const months = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, at) => 1_000 + (at % 12 === 11 ? 500 : 0) + 30 * Math.sin(at * at));
const amounts = fc.array(
  fc.oneof(fc.double({ min: -10, max: 1e12, noNaN: true }), fc.constantFrom(NaN, Infinity, -1e200, 0)),
  { minLength: 1, maxLength: 40 },
);

describe('the revenue forecast of a stream', () => {
  it('expects December to be as good as it was', () => {
    const { figures } = run(months(71));
    const said = figures.at(-1);
    expect(said?.value).toBeGreaterThan(1_350);
    expect(said?.contributions.find(({ name }) => name === 'season')?.value).toBeGreaterThan(300);
  });

  it('says of a period that lay outside of what was expected, and by how much', () => {
    const outside = (last: number) =>
      run([...months(30), last])
        .figures.at(-1)
        ?.contributions.find(({ name }) => name.startsWith('outside'));
    expect(outside(1_000)).toBeUndefined();
    expect(outside(300)).toMatchObject({
      weight: 0,
      quote: expect.stringMatching(/^300 usd, expected [\d.]+ to [\d.]+$/),
    });
    expect(outside(300)?.value).toBeLessThan(-500);
    expect(outside(3_000)?.value).toBeGreaterThan(1_500);
  });

  it('says where it comes from and in which range it lies', () => {
    expect(run(months(30)).figures.at(-1)?.contributions[0]).toMatchObject({
      name: 'level',
      weight: 1,
      eventId: 'e29',
      quote: expect.stringMatching(/^\d+(\.\d+)? usd; next \d+(\.\d+)? to \d+(\.\d+)? with 80 %$/),
    });
  });

  it('knows no range before there are enough months for one, says so, and finds nothing unexpected meanwhile', () => {
    const { figures, states } = run([1_000, 5_000, 100, 9_000, 1, 1_000, 1_100]);
    for (const [index, figure] of figures.slice(0, 5).entries()) {
      expect(figure?.contributions[0]?.quote).toMatch(
        new RegExp(
          `^\\d+ usd; in what range the next lies is not known before 6 values, of which there are ${index + 1}$`,
        ),
      );
      expect(figure?.contributions.some(({ name }) => name.startsWith('outside'))).toBe(false);
      expect(states[index]?.expected).toBeNull();
    }
    const [lower, upper] = states[5]?.expected ?? [0, 0];
    expect(upper - lower).toBeGreaterThan(1_000);
    expect(figures[5]?.contributions[0]?.quote).toMatch(/^1000 usd; next /);
  });

  it('adds up, is never below 0, and is the same when its state was written down after every step', () => {
    fc.assert(
      fc.property(amounts, (values) => {
        const once = run(values);
        for (const figure of once.figures) {
          if (!figure) continue;
          const sum = figure.contributions.reduce((sum, { weight, value }) => sum + weight * value, 0);
          expect(sum).toBe(figure.value);
          expect(figure.value).toBeGreaterThanOrEqual(0);
          expect(figure.confidence).toBeGreaterThan(0);
          expect(figure.confidence).toBeLessThan(1);
        }
        const written = run(values, (state) => JSON.parse(JSON.stringify(state)));
        expect(JSON.stringify(written)).toBe(JSON.stringify(once));
      }),
      { numRuns: 40 },
    );
  });

  it('passes by what is no measurement', () => {
    const { figures, states } = run([100, NaN, 1e200]);
    expect(figures.slice(1)).toEqual([undefined, undefined]);
    expect(states[2]).toEqual(states[0]);
  });

  it('is not sure of itself after one month, and surer after each', () => {
    const confidences = run(months(24)).figures.map((figure) => figure?.confidence ?? 0);
    expect(confidences[0]).toBeLessThan(0.1);
    expect(confidences.toSorted((one, other) => one - other)).toEqual(confidences);
  });

  it('widens after a surprise, and narrows while all is as expected', () => {
    const calm = run([...months(40)]);
    const widen = calm.states.map((state) => state.widen);
    const surprised = run([...months(40), 9_000]);
    expect(surprised.states.at(-1)?.widen).toBeGreaterThan(widen.at(-1) ?? Infinity);
    expect(run([...months(40), calm.figures.at(-1)?.value ?? 0]).states.at(-1)?.widen).toBeLessThan(widen.at(-1) ?? 0);
  });

  it('remembers so many months and no more', () => {
    const values = Array.from({ length: historyMax.oneSeason }, (_, at) => 1e6 / 3 + at / 7);
    const full = deepFrozen({ values, expected: null, widen: 0 });
    const { state } = monthly.score({ eventId: 'e', value: 1e6 / 3, unit: 'usd' }, full);
    expect(state.values).toEqual([...values.slice(1), 1e6 / 3]);
    expect(Buffer.byteLength(JSON.stringify(state))).toBeLessThan(7_000);
  });
});

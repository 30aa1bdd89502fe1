import { describe, expect, it } from 'vitest';
import { limitCrossing, type Filling } from '../../src/scoring/limit-crossing.ts';
import type { Figure } from '../../src/scoring/scorer.ts';

const everyMs = 6 * 3_600_000;

function figuresOf(
  values: readonly number[],
  startOf = (index: number): number => index,
): readonly (Figure | undefined)[] {
  let state: Filling = null;
  return values.map((value, index) => {
    const seen = { eventId: `e${index}`, start: startOf(index) * everyMs, everyMs, value, limit: 100, unit: '%' };
    const scored = limitCrossing.score(seen, state);
    state = scored.state;
    return scored.figure;
  });
}
/** Moves by half a percent, and repeats every eleven. */
const noise = (index: number): number => (((index * 7) % 11) - 5) / 10;
const last = (values: readonly number[]): Figure | undefined => figuresOf(values).at(-1);

describe('a limit', () => {
  it('is foreseen some days before steady growth gets there, with the days that are left', () => {
    const disk = Array.from({ length: 112 }, (_, index) => 40 + 0.5 * index + noise(index));
    const figure = last(disk);
    expect(figure?.value).toBeGreaterThan(0.8);
    expect(figure?.contributions[0]?.quote).toMatch(/^95\.\d % now, 100 % in about \d(\.\d+)? days$/);
  });

  it('is not near where a figure goes up and down with the day, or is high and stays there', () => {
    const daily = Array.from({ length: 56 }, (_, index) => 60 + 25 * Math.sin((index * Math.PI) / 2) + noise(index));
    const high = Array.from({ length: 56 }, (_, index) => 90 + noise(index));
    for (const values of [daily, high])
      for (const figure of figuresOf(values)) expect(figure?.value ?? 0).toBeLessThan(0.3);
  });

  it('is reached when it is', () => {
    const figure = last([...Array.from({ length: 30 }, (_, index) => 80 + noise(index)), 100]);
    expect(figure?.value).toBe(1);
    expect(figure?.contributions.find(({ name }) => name === 'days left')?.value).toBe(0);
  });

  it('is not spoken of in the first three days, below its half, or of what is no number', () => {
    expect(figuresOf(Array.from({ length: 11 }, () => 90)).every((figure) => figure === undefined)).toBe(true);
    expect(last(Array.from({ length: 40 }, () => 20))).toBeUndefined();
    expect(last([...Array.from({ length: 40 }, () => 90), Number.NaN])).toBeUndefined();
  });

  it('is judged anew after a day without figures', () => {
    const figures = figuresOf(
      Array.from({ length: 24 }, () => 90),
      (index) => (index < 20 ? index : index + 6),
    );
    expect(figures[19]).toBeDefined();
    expect(figures[20]).toBeUndefined();
  });
});

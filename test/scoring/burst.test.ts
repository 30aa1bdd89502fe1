import { describe, expect, it } from 'vitest';
import { burst } from '../../src/scoring/burst.ts';
import type { Decayed } from '../../src/scoring/decayed.ts';
import type { Figure } from '../../src/scoring/scorer.ts';

const hour = 3_600_000;
const day = 24 * hour;
const withinMs = 3 * day;

/** Headlines at these times, one after another; the figure after each. */
function figuresOf(times: readonly number[]): readonly (Figure | undefined)[] {
  let state: Decayed | null = null;
  return times.map((at, index) => {
    const told = times
      .slice(0, index + 1)
      .filter((time) => time > at - withinMs)
      .map((time) => ({ eventId: `e${time}`, at: time, headline: `Headline of ${time / day}` }));
    const scored = burst.score({ eventId: `e${at}`, at, since: times[0] ?? at, withinMs, told }, state);
    state = scored.state;
    return scored.figure;
  });
}
const every = (step: number, until: number): number[] =>
  Array.from({ length: Math.floor(until / step) }, (_, index) => index * step);
const last = (times: readonly number[]): Figure | undefined => figuresOf(times).at(-1);

describe('a burst', () => {
  it('is more than usual, whatever is usual', () => {
    const rare = [...every(10 * day, 90 * day), ...every(hour, 6 * hour).map((at) => 90 * day + at)];
    const daily = every(8 * hour, 90 * day);
    const flood = [...daily, ...every(hour, 40 * hour).map((at) => 90 * day + at)];
    expect(last(rare)?.value).toBeGreaterThan(0.5);
    expect(last(daily)?.value).toBe(0);
    expect(last([...daily, ...every(hour, 6 * hour).map((at) => 90 * day + at)])?.value).toBe(0);
    expect(last(flood)?.value).toBeGreaterThan(0.5);
  });

  it('quotes the headlines, newest first, and counts the rest', () => {
    const times = [...every(10 * day, 90 * day), ...every(hour, 9 * hour).map((at) => 90 * day + at)];
    const contributions = last(times)?.contributions ?? [];
    expect(contributions[0]).toMatchObject({
      name: 'more than usual',
      weight: 0,
      quote: expect.stringMatching(/^9 in 3 days, usually 0\.\d+$/),
    });
    expect(contributions[1]?.quote).toBe(`Headline of ${90 + 8 / 24}`);
    expect(contributions.at(-1)).toMatchObject({ name: 'told before', value: 3, quote: '3 more' });
  });

  it('is no burst when two things come together', () => {
    expect(last([0, 60 * day, 60 * day + hour])?.value).toBe(0);
  });

  it('is usual when it goes on', () => {
    const times = [...every(10 * day, 60 * day), ...every(6 * hour, 40 * day).map((at) => 60 * day + at)];
    const values = figuresOf(times).map((figure) => figure?.value ?? 0);
    expect(Math.max(...values)).toBeGreaterThan(0.5);
    expect(values.at(-1)).toBe(0);
  });

  it('says nothing in the first two weeks', () => {
    expect(figuresOf(every(hour, 13 * day)).every((figure) => figure === undefined)).toBe(true);
  });
});

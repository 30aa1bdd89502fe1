import { describe, expect, it } from 'vitest';
import { engagementChange, type Activity, type Engagement } from '../../src/scoring/engagement.ts';
import type { Figure } from '../../src/scoring/scorer.ts';

const week = 7 * 86_400_000;

/** Windows of two weeks, one begun every week. */
function figuresOf(fortnights: readonly Activity[]): readonly (Figure | undefined)[] {
  let state: Engagement = null;
  return fortnights.map((activity, index) => {
    const start = index * week;
    const scored = engagementChange.score(
      { eventId: `e${index}`, start, end: start + 2 * week, first: index === 0 ? 0 : start, activity },
      state,
    );
    state = scored.state;
    return scored.figure;
  });
}
const last = (fortnights: readonly Activity[]): Figure | undefined => figuresOf(fortnights).at(-1);
const usual: Activity = { calls: 4, conversations: 6, logins: 400 };
const weeks = (count: number, activity: Activity): Activity[] => Array.from({ length: count }, () => activity);

describe('engagement', () => {
  it('that stays is no change, and of the first weeks nothing is said', () => {
    const figures = figuresOf(weeks(12, usual));
    expect(figures.slice(0, 3).every((figure) => figure === undefined)).toBe(true);
    expect(last(weeks(12, usual))?.value).toBe(0);
  });

  it('that falls in all is a fall, and tells what fell from where to where', () => {
    const figure = last([...weeks(8, usual), { calls: 0, conversations: 1, logins: 100 }]);
    expect(figure?.value).toBeLessThan(-0.5);
    expect(figure?.contributions.find(({ name }) => name === 'fewer calls')?.quote).toBe('0 in 14 days, usually 4');
  });

  it('that grows is a rise', () => {
    expect(last([...weeks(8, usual), { calls: 12, conversations: 20, logins: 1_500 }])?.value).toBeGreaterThan(0.5);
  });

  it('of few things changes by chance', () => {
    expect(Math.abs(last([...weeks(8, { calls: 1 }), { calls: 0 }])?.value ?? 1)).toBeLessThan(0.1);
    expect(Math.abs(last([...weeks(8, { logins: 5_000 }), { logins: 4_500 }])?.value ?? 1)).toBeLessThan(0.1);
  });

  it('ends when nothing is done at all', () => {
    expect(last([...weeks(8, usual), {}])?.value).toBeLessThan(-0.9);
  });

  it('is judged by what has become usual', () => {
    expect(last([...weeks(8, usual), ...weeks(20, { calls: 1, conversations: 2, logins: 50 })])?.value).toBeCloseTo(
      0,
      1,
    );
  });

  it('of the window in which an account began is not whole, and no measure', () => {
    const seen = { eventId: 'e', start: 0, end: 2 * week, first: week, activity: usual };
    const { state, figure } = engagementChange.score(seen, null);
    expect(figure).toBeUndefined();
    expect(state).toMatchObject({ since: week, recent: [] });
  });
});

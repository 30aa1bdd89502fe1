import { describe, expect, it } from 'vitest';
import { logLoss, noDrift, watched, type Drift } from '../../src/scoring/learning/drift.ts';
import { learn, learnerOf, predict } from '../../src/scoring/learning/learner.ts';
import { cases } from './cases.ts';

const after = (losses: readonly number[], from: Drift = noDrift): Drift =>
  losses.reduce((drift, loss) => watched(drift, loss).drift, from);
/** Losses about `usual`, evenly up and down. */
const losses = (count: number, usual: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => usual + (index % 2 === 0 ? 0.1 : -0.1));

describe('the test for drift', () => {
  it('is quiet as long as predictions cost what they used to', () => {
    expect(after(losses(50_000, 0.4)).alarms).toBe(0);
  });

  it('gives the alarm within a hundred rows when they come to cost twice as much', () => {
    const drift = after(losses(5_000, 0.4));
    expect(after(losses(20, 0.8), drift).alarms).toBe(0);
    expect(after(losses(100, 0.8), drift).alarms).toBe(1);
  });

  it('takes what is usual after an alarm for usual: one change, one alarm', () => {
    expect(after([...losses(5_000, 0.4), ...losses(5_000, 0.9)]).alarms).toBe(1);
  });

  it('is no alarm when predictions become better', () => {
    expect(after([...losses(5_000, 0.8), ...losses(5_000, 0.2)]).alarms).toBe(0);
  });

  it('counts a prediction that was sure and wrong as much, never as endless', () => {
    expect(logLoss(0, true)).toBeLessThan(15);
    expect(logLoss(1, true)).toBeCloseTo(0, 5);
    expect(logLoss(0.5, false)).toBeCloseTo(Math.LN2);
  });
});

describe('a learner whose world turns round', () => {
  const before = cases(4_000, 'before', (x) => (x > 0 ? 0.9 : 0.1));
  const turned = cases(3_000, 'turned', (x) => (x > 0 ? 0.1 : 0.9));
  const taught = [...before, ...turned].reduce(
    (learner, { features, label }) => learn(learner, features, label),
    learnerOf({ baseRate: 0.5 }, { rate: 0.2 }),
  );

  it('notices, and says the opposite soon', () => {
    expect(taught.drift.alarms).toBeGreaterThan(0);
    expect(predict(taught, { x: -2 }).probability).toBeGreaterThan(0.6);
    expect(predict(taught, { x: 2 }).probability).toBeLessThan(0.4);
  });
});

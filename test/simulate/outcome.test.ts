import { describe, expect, test } from 'vitest';
import { medianDelayMs, type Opening, outcomeOf, type Planted } from '../../src/simulate/outcome.ts';

const at = (hour: number) => Date.UTC(2026, 0, 5, hour);
const entity = 'account:brightloom';

const planted: Planted = {
  expected: [
    {
      story: 'churn',
      kind: 'customer_health',
      entity,
      rule: 'health-low',
      minSeverity: 'critical',
      from: at(2),
      to: at(9),
    },
    {
      story: 'churn',
      kind: 'customer_health',
      entity,
      rule: 'leaving',
      minSeverity: 'warning',
      from: at(4),
      to: at(9),
    },
  ],
  also: [{ story: 'churn', kind: 'financial', entity, rule: 'unpaid', from: at(3), to: at(5) }],
};

const low = opening({});
const leaving = opening({ rule: 'leaving', severity: 'warning' });

describe('a planted story', () => {
  test('is found when every alert it has to cause was raised', () => {
    const [churn] = outcomeOf(planted, [low, leaving]).stories;
    expect(churn).toMatchObject({ story: 'churn', planted: 2, missing: [] });
  });

  test('is not found when one is missing, or is not severe enough', () => {
    const [without] = outcomeOf(planted, [low]).stories;
    expect(without?.missing.map(({ rule }) => rule)).toEqual(['leaving']);
    const [mild] = outcomeOf(planted, [{ ...low, severity: 'warning' }, leaving]).stories;
    expect(mild?.missing.map(({ rule }) => rule)).toEqual(['health-low']);
  });

  test('has the delay from its first telling event to the first of its planted alerts', () => {
    const openings = [low, { ...leaving, openedAt: hourOf(4) }];
    expect(outcomeOf(planted, openings).stories[0]?.delayMs).toBe(2 * 3_600_000);
  });

  test('is not known by what it causes besides', () => {
    const unpaid = opening({ kind: 'financial', rule: 'unpaid', openedAt: hourOf(3) });
    expect(outcomeOf(planted, [unpaid]).stories[0]?.delayMs).toBeNull();
  });
});

describe('an alert belongs to a story', () => {
  const unpaid = opening({ kind: 'financial', rule: 'unpaid', severity: 'info', openedAt: hourOf(3) });
  const unplanned = (...openings: Opening[]) => outcomeOf(planted, openings).unplanned.length;

  test('that has to cause it, however severe, or that says that it may', () => {
    expect(unplanned(low, { ...leaving, severity: 'info' }, unpaid)).toBe(0);
  });

  test.each<[string, Partial<Opening>]>([
    ['entity', { entity: 'account:ridgeline' }],
    ['rule', { rule: 'dispute' }],
    ['kind', { kind: 'sales_pipeline' }],
    ['time, before', { openedAt: new Date(at(3) - 1).toISOString() }],
    ['time, after', { openedAt: new Date(at(5) + 1).toISOString() }],
  ])('and to none when it is of another %s', (_, other) => {
    expect(unplanned({ ...unpaid, ...other })).toBe(1);
  });

  test('only if all its openings do, and is counted once', () => {
    const again = { ...unpaid, openedAt: hourOf(8) };
    expect(unplanned(unpaid, again)).toBe(1);
    expect(unplanned(again, { ...unpaid, openedAt: hourOf(9) })).toBe(1);
  });
});

describe('the median delay', () => {
  const story = (delayMs: number | null, isFound = true) => ({
    story: 'any',
    planted: 1,
    missing: isFound ? [] : planted.expected.slice(0, 1),
    delayMs,
  });

  test('is that of the middle story that was found, the lower of two', () => {
    expect(medianDelayMs([story(9), story(1), story(5)])).toBe(5);
    expect(medianDelayMs([story(9), story(1), story(5), story(7)])).toBe(5);
  });

  test('leaves out stories that were not found, and is nothing without any', () => {
    expect(medianDelayMs([story(9), story(1, false)])).toBe(9);
    expect(medianDelayMs([story(null, false)])).toBeNull();
    expect(medianDelayMs([])).toBeNull();
  });
});

function hourOf(hour: number): string {
  return new Date(at(hour)).toISOString();
}

function opening(more: Partial<Opening>): Opening {
  const rule = more.rule ?? 'health-low';
  return { id: rule, kind: 'customer_health', entity, severity: 'critical', openedAt: hourOf(6), ...more, rule };
}

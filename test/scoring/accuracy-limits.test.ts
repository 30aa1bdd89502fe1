import { expect, it } from 'vitest';
import { withLimit } from '../bench/accuracy/limits.ts';
import { isWithinLimit, standingOf, type Accuracy } from '../bench/accuracy/row.ts';
import { asText } from '../bench/accuracy/table.ts';

const row = (score: string, microseconds: number): Accuracy => ({
  score,
  on: 'a set',
  dev: 1,
  floor: 0.5,
  goal: 0.9,
  better: 'higher',
  anchors: '',
  microseconds,
});

it('the bench of accuracy shows whether an item costs as little as it should, and fails nothing by it', () => {
  const rows = [row('metric anomalies', 4), row('metric anomalies', 9), row('churn_risk', 90)].map(withLimit);
  expect(rows.map(isWithinLimit)).toEqual([true, false, undefined]);
  expect(rows.map(standingOf)).toEqual(['goal', 'goal', 'goal']);
  const text = asText(rows);
  expect(text).toContain('≤ 5, met');
  expect(text).toContain('≤ 5, missed');
  expect(text).toContain('1 of 2 are within their limit of time');
});

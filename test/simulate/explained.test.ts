import { describe, expect, test } from 'vitest';
import { explainedBy, isExplained, type LookedInto } from '../../src/simulate/explained.ts';
import type { Cause } from '../../src/simulate/scenario.ts';

const entity = 'account:brightloom';
const cause: Cause = {
  story: 'dispute',
  kind: 'financial',
  entity,
  from: Date.UTC(2026, 0, 5),
  to: Date.UTC(2026, 0, 7),
  says: /disputes a payment/,
};
const found = (title: string, about = entity) => ({ entity: about, title, detail: '' });
const run = (more: Partial<LookedInto> = {}): LookedInto => ({
  id: 'a',
  kind: 'financial',
  entity,
  asOf: '2026-01-06T10:00:00.000Z',
  findings: [found('brightloom disputes a payment: 40 USD')],
  ...more,
});
const explained = (...runs: readonly LookedInto[]) => explainedBy([cause], runs).map(isExplained)[0];

describe('a planted story is explained', () => {
  test('when a run about it names its cause among the first three findings', () => {
    expect(explained(run())).toBe(true);
    const others = [found('one'), found('two'), found('three')];
    expect(explained(run({ findings: [...others.slice(1), ...run().findings] }))).toBe(true);
    expect(explained(run({ findings: [...others, ...run().findings] }))).toBe(false);
  });

  test('not when nobody looked, nothing was found, or one of its runs missed the cause', () => {
    expect(explained()).toBe(false);
    expect(explained(run({ findings: [] }))).toBe(false);
    expect(explained(run(), run({ id: 'b', findings: [found('Health is low')] }))).toBe(false);
  });

  test('not by what is said of somebody else, or by runs of another kind, about others or as of another time', () => {
    expect(explained(run({ findings: [found('ironwood disputes a payment', 'account:ironwood')] }))).toBe(false);
    expect(explained(run({ kind: 'customer_health' }))).toBe(false);
    expect(explained(run({ entity: 'account:ironwood' }))).toBe(false);
    expect(explained(run({ asOf: '2026-01-08T10:00:00.000Z' }))).toBe(false);
  });
});

import { expect, test } from 'vitest';
import { kinds, kindsWithClearance } from '../../src/orchestration/kinds.ts';
import { builtIn } from '../../src/agents/built-in.ts';

const skills = new Map(
  builtIn.toReversed().flatMap(({ card }) => card.skills.map(({ id }) => [id, card.name] as const)),
);

test.each([...kinds, ...kindsWithClearance])(
  'every step of $kind is a skill that an agent which comes with weir has',
  ({ steps }) => {
    expect(steps.map(({ skill }) => skill).filter((skill) => !skills.has(skill))).toEqual([]);
  },
);

test('the skills whose findings are judged by what comes of them are skills of those agents', () => {
  const judged = ['churn', 'remediation', 'verification', 'expansion', 'forecast', 'pipeline', 'kpis'].map((skill) =>
    skills.get(skill),
  );
  expect(judged).toEqual([
    'customer-intelligence',
    'fix',
    'fix',
    'customer-intelligence',
    'sales-optimisation',
    'sales-optimisation',
    'financial-analysis',
  ]);
});

test('there are ten agents of four skills each, and one that checks; two of them look for anomalies, so that they can agree', () => {
  const ids = builtIn.flatMap(({ card }) => card.skills.map(({ id }) => id));
  const own = builtIn.map(
    ({ card }) => card.skills.filter(({ id }) => id !== 'anomalies' || card.name === 'monitor').length,
  );
  expect(own).toEqual([...Array.from({ length: 10 }, () => 4), 2]);
  expect(ids.filter((id, at) => ids.indexOf(id) < at)).toEqual(['anomalies']);
});

import { expect, test } from 'vitest';
import { kinds } from '../../src/orchestration/kinds.ts';
import { builtIn } from '../../src/agents/built-in.ts';

const skills = new Map(builtIn.flatMap(({ card }) => card.skills.map(({ id }) => [id, card.name] as const)));

test.each(kinds)('every step of $kind is a skill that an agent which comes with weir has', ({ steps }) => {
  expect(steps.map(({ skill }) => skill).filter((skill) => !skills.has(skill))).toEqual([]);
});

test('the skills whose findings are judged by what comes of them are skills of those agents', () => {
  const judged = ['churn', 'remediation', 'verification'].map((skill) => skills.get(skill));
  expect(judged).toEqual(['customer-intelligence', 'fix', 'fix']);
});

test('there are ten agents of four skills each, and one that checks; no two have the same', () => {
  const ids = builtIn.flatMap(({ card }) => card.skills.map(({ id }) => id));
  expect(builtIn.map(({ card }) => card.skills.length)).toEqual([...Array.from({ length: 10 }, () => 4), 1]);
  expect(ids.filter((id, at) => ids.indexOf(id) < at)).toEqual([]);
});

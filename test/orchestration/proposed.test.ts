import { describe, expect, test } from 'vitest';
import { openKind } from '../../schemas/run.ts';
import type { Deciders } from '../../src/orchestration/run.ts';
import { planOfProposal, proposable, withProposals, type Proposal } from '../../src/orchestration/proposed.ts';
import { aCard, aSkill } from './a-card.ts';
import { aDecider, aRequest } from './support/reference.ts';

const cards = [
  aCard('customers', [aSkill('churn'), aSkill('health')]),
  aCard('fixer', [aSkill('restart', { sideEffects: 'reversible' })]),
  aCard('writer', [aSkill('phrase', { input: ['reports'] })]),
];
const budget = { money: 0, tokens: 0, calls: 0, agentSeconds: 3_600 };
const step = (id: string, skill: string, needs: readonly string[] = []) => ({
  id,
  skill,
  goal: 'look',
  needs: [...needs],
});
const proposal = (...steps: Proposal['steps']): Proposal => ({ steps });
const request = aRequest('r', { kind: openKind });
const judged = (...steps: Proposal['steps']) => planOfProposal(request, proposal(...steps), {}, cards, budget).kind;
const how: Deciders = withProposals(aDecider(), cards, budget);

describe('a proposed plan', () => {
  test('is made of skills that only look, and need nothing that is not there', () => {
    expect(proposable(cards).map(({ id }) => id)).toEqual(['churn', 'health']);
    expect(judged(step('a', 'churn'), step('b', 'health', ['a']))).toBe('planned');
    expect(judged(step('a', 'restart'))).toBe('beyond');
    expect(judged(step('a', 'launder'))).toBe('beyond');
  });

  test('passes the validator of every plan: no circles, no steps that are none, none twice', () => {
    expect(judged(step('a', 'churn', ['b']), step('b', 'health', ['a']))).toBe('impossible');
    expect(judged(step('a', 'churn', ['nobody']))).toBe('impossible');
    expect(judged(step('a', 'churn'), step('a', 'health'))).toBe('impossible');
  });

  test('is decided from what was recorded, and judged again: nobody is asked', () => {
    const context = { proposal: proposal(step('a', 'churn'), step('b', 'health', ['a'])) };
    expect(how.plan(request, context)).toMatchObject({
      template: 'open',
      steps: [
        { id: 'a', skill: 'churn', optional: true },
        { id: 'b', skill: 'health', needs: ['a'] },
      ],
    });
    expect(how.plan(request, { proposal: proposal(step('a', 'restart')) })).toMatchObject({
      impossible: expect.any(String),
    });
  });

  test('that nobody made ends the run with the reason', () => {
    expect(how.plan(request, { unproposed: 'budget' })).toEqual({ impossible: 'nobody proposed one: budget' });
    expect(how.plan(request, {})).toEqual({ impossible: 'nobody proposed one: no model is asked for it' });
  });

  test('stays within what the one who asked for it allows, be it less than usual or more', () => {
    const tools = [aCard('tools', [aSkill('look-up', { cost: { money: 2, tokens: 0, calls: 1, agentSeconds: 1 } })])];
    const planFor = (calls: number, money: number) =>
      withProposals(aDecider(), tools, { ...budget, calls: 64, money: 3 }).plan(
        aRequest('r', { kind: openKind, budget: { ...budget, calls, money } }),
        { proposal: proposal(step('a', 'look-up')) },
      );
    expect(planFor(0, 5)).toEqual({ impossible: 'The plan may cost 1 calls; the budget is 0.' });
    expect(planFor(1, 1)).toEqual({ impossible: 'The plan may cost 2 money; the budget is 1.' });
    expect(planFor(1, 5)).toMatchObject({ budget: { ...budget, calls: 1, money: 5 } });
  });

  test('is for open runs alone', () => {
    expect(how.plan(aRequest('r'), {})).toEqual(aDecider().plan(aRequest('r'), {}));
  });
});

import type { AgentCard } from '../../src/core/agent.ts';
import { planned, type Goal } from '../../src/orchestration/plan.ts';
import type { Template } from '../../src/core/template.ts';
import { toldOf } from '../../src/orchestration/validate.ts';
import { aCard, aSkill, plenty } from './a-card.ts';

export const goal = (over: Partial<Goal> = {}): Goal => ({
  kind: null,
  wanted: [],
  given: [],
  budget: plenty,
  risk: 'low',
  ...over,
});

export const looking = [aCard('looker', [aSkill('look')])];

export const stepsOf = (goal: Goal, cards: readonly AgentCard[], templates: readonly Template[] = []) => {
  const made = planned(goal, cards, templates);
  return made.kind === 'planned'
    ? made.plan.steps.map(({ id, needs }) => `${id} after ${needs.join(',')}`)
    : made.faults.map(toldOf);
};

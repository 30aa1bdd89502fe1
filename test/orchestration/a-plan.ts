import type { Plan, PlanStep } from '../../src/orchestration/run.ts';
import { plenty } from './a-card.ts';

export const step = (id: string, needs: readonly string[] = [], skill = 'look'): PlanStep => ({
  id,
  skill,
  goal: id,
  needs,
  input: {},
  timeoutMs: 1,
});

export const planOf = (...steps: readonly PlanStep[]): Plan => ({
  template: 'test',
  version: 1,
  strategy: 'parallel',
  parallel: 1,
  budget: plenty,
  steps,
});

import type { AgentCard, Cost, Skill } from '../../src/core/agent.ts';

export const free: Cost = { money: 0, tokens: 0, calls: 0, agentSeconds: 0 };
export const plenty: Cost = { money: 1_000, tokens: 1e9, calls: 1e6, agentSeconds: 1e6 };

export const aSkill = (id: string, over: Partial<Skill> = {}): Skill => ({
  id,
  description: id,
  input: [],
  output: [id],
  cost: { ...free, agentSeconds: 1 },
  sideEffects: 'none',
  ...over,
});

export const aCard = (name: string, skills: readonly Skill[], over: Partial<AgentCard> = {}): AgentCard => ({
  name,
  version: 1,
  description: name,
  skills,
  limits: { concurrent: 10, timeoutMs: 10_000 },
  ...over,
});

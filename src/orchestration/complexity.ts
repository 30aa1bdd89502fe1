import type { AgentCard } from '../core/agent.ts';
import { groupBy } from '../core/group.ts';
import type { Plan, PlanStep } from './run.ts';

/** How large and how entangled a plan is. */
export interface Complexity {
  readonly steps: number;
  readonly skills: number;
  /** Steps on the longest way. */
  readonly depth: number;
  /** Steps that may run at once, at most: those of the same depth. */
  readonly width: number;
  /** Seconds one after another (work), and along the critical path (span), at worst (Blumofe and Leiserson 1999). */
  readonly workSeconds: number;
  readonly spanSeconds: number;
  /** Steps whose skill changes something outside. */
  readonly effects: number;
  readonly level: Level;
}

export const levels = ['simple', 'moderate', 'complex'] as const;
export type Level = (typeof levels)[number];

/** Of a plan without faults. */
export function complexityOf({ steps }: Pick<Plan, 'steps'>, cards: readonly AgentCard[]): Complexity {
  const skillSteps = steps.filter(({ gather }) => !gather);
  const depths = depthsOf(steps);
  const spans = longestTo(steps, (step) => secondsOf(step, cards));
  const atDepth = groupBy(depths.values(), (depth) => depth);
  const of = {
    steps: steps.length,
    skills: new Set(skillSteps.map(({ skill }) => skill)).size,
    depth: Math.max(0, ...depths.values()),
    width: Math.max(0, ...Array.from(atDepth.values(), ({ length }) => length)),
    workSeconds: steps.reduce((sum, step) => sum + secondsOf(step, cards), 0),
    spanSeconds: Math.max(0, ...spans.values()),
    effects: skillSteps.filter(({ skill }) => changesSomething(skill, cards)).length,
  };
  return { ...of, level: levelOf(of) };
}

function levelOf({ steps, skills, depth, effects }: Omit<Complexity, 'level'>): Level {
  if (steps <= 2 && effects === 0) return 'simple';
  return steps > 8 || skills > 5 || depth > 4 || effects > 1 ? 'complex' : 'moderate';
}

/** By step, how many steps the longest way that ends with it has. */
export const depthsOf = (steps: readonly PlanStep[]): ReadonlyMap<string, number> => longestTo(steps, () => 1);

/** By step, the length of the longest way that begins with it: whose is longest goes first. */
export function longestFrom(
  steps: readonly PlanStep[],
  lengthOf: (step: PlanStep) => number,
): ReadonlyMap<string, number> {
  const next = new Map<string, string[]>(steps.map(({ id }) => [id, []]));
  for (const { id, needs } of steps) for (const before of needs) next.get(before)?.push(id);
  return longestTo(
    steps.map((step) => ({ ...step, needs: next.get(step.id) ?? [] })),
    lengthOf,
  );
}

/** By step, the length of the longest way that ends with it. */
function longestTo(steps: readonly PlanStep[], lengthOf: (step: PlanStep) => number): ReadonlyMap<string, number> {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const lengths = new Map<string, number>();
  const lengthTo = (step: PlanStep): number => {
    const known = lengths.get(step.id);
    if (known !== undefined) return known;
    // A circle ends here; validation names it.
    lengths.set(step.id, 0);
    const before = step.needs.flatMap((id) => byId.get(id) ?? []).map(lengthTo);
    const length = Math.max(0, ...before) + lengthOf(step);
    lengths.set(step.id, length);
    return length;
  };
  for (const step of steps) lengthTo(step);
  return lengths;
}

function secondsOf(step: PlanStep, cards: readonly AgentCard[]): number {
  if (step.gather) return 0;
  const skills = cards.flatMap(({ skills }) => skills.filter(({ id }) => id === step.skill));
  return Math.max(0, ...skills.map(({ cost }) => cost.agentSeconds));
}

const changesSomething = (skill: string, cards: readonly AgentCard[]): boolean =>
  cards.some(({ skills }) => skills.some(({ id, sideEffects }) => id === skill && sideEffects !== 'none'));

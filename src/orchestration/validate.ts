import type { AgentCard, Cost, Skill } from '../core/agent.ts';
import { costNames } from './amounts.ts';
import { stepsMax } from './carried.ts';
import { earlierOf } from './given.ts';
import type { Goal } from './plan.ts';
import { guardOf, usualPolicy } from './policy.ts';
import type { Plan, PlanStep } from './run.ts';

/** What is wrong with a plan, each with what it is about. */
export type Fault =
  | { readonly kind: 'no-steps' }
  | { readonly kind: 'too-many-steps'; readonly steps: number; readonly max: number }
  | { readonly kind: 'bad-name'; readonly step: string }
  | { readonly kind: 'duplicate-step'; readonly step: string }
  | { readonly kind: 'unknown-step'; readonly step: string; readonly names: string }
  /** It may start before that one is over. */
  | { readonly kind: 'too-early'; readonly step: string; readonly names: string }
  /** Each comes after the one before it, and the first after the last. */
  | { readonly kind: 'cycle'; readonly steps: readonly string[] }
  | { readonly kind: 'missing-capability'; readonly step: string; readonly skill: string }
  /** No agent that has the skill can do with what is there by then. */
  | { readonly kind: 'missing-input'; readonly step: string; readonly skill: string; readonly names: readonly string[] }
  | { readonly kind: 'over-budget'; readonly of: keyof Cost; readonly needed: number; readonly budget: number }
  /** The policy does not let it be done at this risk. */
  | { readonly kind: 'denied'; readonly step: string; readonly skill: string }
  /** No skill gives it. */
  | { readonly kind: 'nobody-gives'; readonly name: string }
  /** Each can only be had with the next, and the last with the first. */
  | { readonly kind: 'circular-need'; readonly names: readonly string[] };

const idPattern = /^[A-Za-z0-9_-]{1,63}$/;

/** All that is wrong with a plan: none for one that can be run. */
export function faultsOf(
  plan: Plan,
  { given, budget, risk, policy = usualPolicy }: Pick<Goal, 'given' | 'budget' | 'risk' | 'policy'>,
  cards: readonly AgentCard[],
): readonly Fault[] {
  const { steps } = plan;
  if (steps.length === 0) return [{ kind: 'no-steps' }];
  if (steps.length > stepsMax) return [{ kind: 'too-many-steps', steps: steps.length, max: stepsMax }];
  const ids = new Set(steps.map(({ id }) => id));
  const ancestors = ancestorsOf(steps);
  return [
    ...steps.filter(({ id }) => !idPattern.test(id)).map(({ id }): Fault => ({ kind: 'bad-name', step: id })),
    ...duplicatesOf(steps.map(({ id }) => id)).map((step): Fault => ({ kind: 'duplicate-step', step })),
    ...steps.flatMap((step) =>
      namedBy(step)
        .filter((id) => !ids.has(id))
        .map((names): Fault => ({ kind: 'unknown-step', step: step.id, names })),
    ),
    ...steps.flatMap((step) =>
      [...new Set(earlierOf(step))]
        .filter((id) => ids.has(id) && !ancestors.get(step.id)?.has(id))
        .map((names): Fault => ({ kind: 'too-early', step: step.id, names })),
    ),
    ...cyclesOf(steps, ancestors).map((cycle): Fault => ({ kind: 'cycle', steps: cycle })),
    ...steps.flatMap((step) => uncovered(step, steps, ancestors.get(step.id) ?? new Set(), given, cards)),
    ...steps
      .filter((step) => guardOf(policy, skillsFor(step, cards), risk) === 'deny')
      .map(({ id, skill }): Fault => ({ kind: 'denied', step: id, skill })),
    ...costNames.flatMap((of): readonly Fault[] => {
      const needed = worstCostOf(steps, cards)[of];
      return needed > budget[of] ? [{ kind: 'over-budget', of, needed, budget: budget[of] }] : [];
    }),
  ];
}

/** What the steps may cost at most, each done once by the dearest agent that can. */
export function worstCostOf(steps: readonly PlanStep[], cards: readonly AgentCard[]): Cost {
  const total = { money: 0, tokens: 0, calls: 0, agentSeconds: 0 };
  for (const step of steps) {
    const costs = skillsFor(step, cards).map(({ cost }) => cost);
    for (const name of costNames) total[name] += Math.max(0, ...costs.map((cost) => cost[name]));
  }
  return total;
}

/** The fault in a sentence, for people. */
export function toldOf(fault: Fault): string {
  switch (fault.kind) {
    case 'no-steps':
      return 'The plan has no steps.';
    case 'too-many-steps':
      return `The plan has ${fault.steps} steps; ${fault.max} are allowed.`;
    case 'bad-name':
      return `${fault.step} is no name for a step: 1 to 63 letters, digits, _ and -.`;
    case 'duplicate-step':
      return `Two steps are named ${fault.step}.`;
    case 'unknown-step':
      return `Step ${fault.step} names ${fault.names}, which is no step.`;
    case 'too-early':
      return `Step ${fault.step} goes by ${fault.names}, but does not wait for it.`;
    case 'cycle':
      return `Steps wait for one another: ${[...fault.steps, fault.steps[0]].join(' after ')}.`;
    case 'missing-capability':
      return `No agent has the skill ${fault.skill}, which step ${fault.step} asks for.`;
    case 'missing-input':
      return `Step ${fault.step} (${fault.skill}) lacks ${fault.names.join(', ')}.`;
    case 'over-budget':
      return `The plan may cost ${fault.needed} ${fault.of}; the budget is ${fault.budget}.`;
    case 'denied':
      return `The policy denies step ${fault.step} (${fault.skill}).`;
    case 'nobody-gives':
      return `No agent gives ${fault.name}.`;
    case 'circular-need':
      return `None can be had without the next: ${[...fault.names, fault.names[0]].join(', ')}.`;
    default:
      return fault satisfies never;
  }
}

/** All other steps a step speaks of. */
const namedBy = (step: PlanStep): readonly string[] => [
  ...new Set([...step.needs, ...(step.notBy ?? []), ...earlierOf(step)]),
];

/** What agents may do for a step; of one that is gathered, nothing. */
const skillsFor = (step: PlanStep, cards: readonly AgentCard[]): readonly Skill[] =>
  step.gather ? [] : cards.flatMap(({ skills }) => skills.filter(({ id }) => id === step.skill));

/** By step, all that come before it; a step in a circle comes before itself. */
function ancestorsOf(steps: readonly PlanStep[]): ReadonlyMap<string, ReadonlySet<string>> {
  const after = new Map(steps.map((step) => [step.id, step.needs]));
  const allBefore = (id: string): ReadonlySet<string> => {
    const found = new Set<string>();
    const open = [...(after.get(id) ?? [])];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (found.has(next)) continue;
      found.add(next);
      open.push(...(after.get(next) ?? []));
    }
    return found;
  };
  return new Map(steps.map(({ id }) => [id, allBefore(id)]));
}

/** Circles such that each step that lies in any lies in one of them. */
function cyclesOf(
  steps: readonly PlanStep[],
  ancestors: ReadonlyMap<string, ReadonlySet<string>>,
): readonly (readonly string[])[] {
  const after = new Map(steps.map((step) => [step.id, step.needs]));
  const cycles: string[][] = [];
  const named = new Set<string>();
  for (const { id } of steps) {
    if (named.has(id) || !ancestors.get(id)?.has(id)) continue;
    const cycle = shortestBack(id, after);
    for (const step of cycle) named.add(step);
    cycles.push(cycle);
  }
  return cycles;
}

/** The shortest way from a step by what it comes after back to itself; breadth first. */
function shortestBack(start: string, after: ReadonlyMap<string, readonly string[]>): string[] {
  const paths = [[start]];
  const seen = new Set<string>();
  for (let path = paths.shift(); path; path = paths.shift()) {
    for (const next of after.get(path.at(-1) ?? start) ?? []) {
      if (next === start) return path;
      if (seen.has(next)) continue;
      seen.add(next);
      paths.push([...path, next]);
    }
  }
  return [start];
}

function uncovered(
  step: PlanStep,
  steps: readonly PlanStep[],
  before: ReadonlySet<string>,
  given: readonly string[],
  cards: readonly AgentCard[],
): readonly Fault[] {
  if (step.gather) return [];
  const able = skillsFor(step, cards);
  if (able.length === 0) return [{ kind: 'missing-capability', step: step.id, skill: step.skill }];
  // What a gathered step gives comes from steps before it.
  const earlier = steps.filter(({ id }) => before.has(id));
  const outputs = earlier.flatMap((other) => skillsFor(other, cards).flatMap(({ output }) => output));
  const there = new Set([...given, ...outputs]);
  const lacking = able.map(({ input }) => input.filter((name) => !there.has(name)));
  const [least = []] = lacking.toSorted((a, b) => a.length - b.length);
  return least.length === 0 ? [] : [{ kind: 'missing-input', step: step.id, skill: step.skill, names: least }];
}

function duplicatesOf(ids: readonly string[]): readonly string[] {
  return [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))];
}

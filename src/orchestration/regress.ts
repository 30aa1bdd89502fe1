import type { AgentCard, Cost, Skill } from '../core/agent.ts';
import { idOf } from '../core/ids.ts';
import type { Draft, Goal } from './plan.ts';
import type { Fault } from './validate.ts';

/**
 * A plan from the goal backwards: what is wanted is given by some skill, which has to be given something in turn, down to what
 * is there. Of several ways the cheapest (Knuth 1977, A generalization of Dijkstra's algorithm: from what is there upwards,
 * the cost of a name is that of the skill that gives it and of what it needs; so no way leads round in a circle). What was looked
 * up counts as there only where no skill can give it: else it would depend on whom a run is about which steps there are.
 */
export function regressed(
  { wanted, given: all, lookedUp = [] }: Pick<Goal, 'wanted' | 'given' | 'lookedUp'>,
  cards: readonly AgentCard[],
): Draft | { readonly faults: readonly Fault[] } {
  const skills = skillsOf(cards);
  const asked = all.filter((name) => !lookedUp.includes(name));
  const without = cheapestWays(asked, skills);
  const given = [...asked, ...lookedUp.filter((name) => !without.has(name) && !wanted.includes(name))];
  const ways = cheapestWays(given, skills);
  const unreached = wanted.filter((name) => !given.includes(name) && !ways.has(name));
  if (unreached.length > 0) return { faults: whyUnreached(unreached, given, skills, ways) };

  const steps = new Map<string, Draft['steps'][number]>();
  const stepGiving = (name: string): readonly string[] => {
    const way = ways.get(name)?.skill;
    if (!way) return [];
    const { id: skill, description: goal, input } = way;
    const known = steps.get(skill);
    if (known) return [known.id];
    const needs = [...new Set(input.flatMap(stepGiving))];
    const id = stepNameOf(
      skill,
      [...steps.values()].map((step) => step.id),
    );
    steps.set(skill, { id, skill, goal, needs });
    return [id];
  };
  for (const name of wanted) stepGiving(name);
  return { template: 'regression', version: 1, steps: [...steps.values()], leftOut: [] };
}

/** A step that is named for its skill: names of steps have no dots, and 63 characters. `taken`: names of other steps. */
export function stepNameOf(skill: string, taken: readonly string[]): string {
  const name = skill.replaceAll(/[^A-Za-z0-9_-]/g, '-').slice(0, 63);
  return taken.includes(name) ? `${name.slice(0, 54)}-${idOf(skill).slice(0, 8)}` : name;
}

/** One skill an id, the first by the agent's name, since a step is asked of whoever has the skill. */
function skillsOf(cards: readonly AgentCard[]): readonly Skill[] {
  const all = cards.toSorted((a, b) => (a.name < b.name ? -1 : 1)).flatMap(({ skills }) => skills);
  return [...new Map(all.toReversed().map((skill) => [skill.id, skill])).values()].toSorted((a, b) =>
    a.id < b.id ? -1 : 1,
  );
}

interface Way {
  readonly skill: Skill;
  readonly price: number;
}

/** By name, the cheapest way to it. The cheapest that can be had next is final, as in Dijkstra's. */
function cheapestWays(given: readonly string[], skills: readonly Skill[]): ReadonlyMap<string, Way> {
  const ways = new Map<string, Way>();
  const priceOf = (name: string) => (given.includes(name) ? 0 : ways.get(name)?.price);
  const left = new Set(skills);
  while (left.size > 0) {
    let next: Way | undefined;
    for (const skill of left) {
      const before = skill.input.map(priceOf);
      if (before.includes(undefined)) continue;
      const price = before.reduce<number>((sum, each) => sum + (each ?? 0), priceOfCost(skill.cost));
      if (!next || price < next.price) next = { skill, price };
    }
    if (!next) break;
    left.delete(next.skill);
    for (const name of next.skill.output) {
      if (!given.includes(name) && !ways.has(name)) ways.set(name, next);
    }
  }
  return ways;
}

/** In dollars: a second of an agent counts a tenth of a cent, and each step a thousandth of one, so that fewer are better. */
const priceOfCost = ({ money, agentSeconds }: Cost): number => money + agentSeconds / 1_000 + 1e-5;

/** What is missing at the root: a name nobody gives, or names that need one another. */
function whyUnreached(
  unreached: readonly string[],
  given: readonly string[],
  skills: readonly Skill[],
  ways: ReadonlyMap<string, Way>,
): readonly Fault[] {
  const faults = new Map<string, Fault>();
  const looked = new Set<string>();
  const look = (name: string, path: readonly string[]): void => {
    if (given.includes(name) || ways.has(name)) return;
    const from = path.indexOf(name);
    if (from >= 0) {
      const names = path.slice(from);
      faults.set(`cycle ${names.toSorted().join(' ')}`, { kind: 'circular-need', names });
      return;
    }
    if (looked.has(name)) return;
    looked.add(name);
    const giving = skills.filter(({ output }) => output.includes(name));
    if (giving.length === 0) faults.set(name, { kind: 'nobody-gives', name });
    for (const { input } of giving) for (const need of input) look(need, [...path, name]);
  };
  for (const name of unreached) look(name, []);
  return [...faults.values()];
}

import type { AgentCard } from '../core/agent.ts';
import type { Planned, SkillStep } from './plan.ts';

/** A plan for a kind of task that is known beforehand. */
export interface Template {
  readonly kind: string;
  /** Raised when the steps change. */
  readonly version: number;
  readonly steps: readonly TemplateStep[];
}

export interface TemplateStep {
  readonly id: string;
  readonly skill: string;
  readonly goal: string;
  readonly after?: readonly string[];
  /** Left out, and said to be, where nobody can do it; those after it then come after what it came after. */
  readonly optional?: true;
}

/** The template's plan with the agents there are. Steps nobody can do and that are not optional are faults of `faultsOf`. */
export function templateFor({ kind, version, steps }: Template, cards: readonly AgentCard[]): Planned {
  const can = new Set(cards.flatMap(({ skills }) => skills.map(({ id }) => id)));
  const leftOut = new Map(
    steps.filter(({ skill, optional }) => optional && !can.has(skill)).map((one) => [one.id, one]),
  );
  const present = (after: readonly string[], seen: readonly string[] = []): readonly string[] =>
    after.flatMap((id) => {
      const missing = leftOut.get(id);
      // A template that is a circle is a fault, and not to be walked for ever.
      return missing && !seen.includes(id) ? present(missing.after ?? [], [...seen, id]) : [id];
    });
  return {
    kind: 'planned',
    plan: {
      version,
      from: 'template',
      kind,
      steps: steps
        .filter(({ id }) => !leftOut.has(id))
        .map(({ id, skill, goal, after = [] }): SkillStep => {
          const before = [...new Set(present(after))];
          return { id, does: 'skill', skill, goal, after: before, output: [], notBy: [] };
        }),
      leftOut: [...leftOut.values()].map(({ id, skill }) => ({ step: id, skill })),
    },
  };
}

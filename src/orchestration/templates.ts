import type { AgentCard } from '../core/agent.ts';
import type { Template } from '../core/template.ts';
import type { Draft } from './plan.ts';

/** The template's steps with the agents there are. Steps nobody can do and that are not optional are faults of `faultsOf`. */
export function stepsOfTemplate({ kind, version, steps }: Template, cards: readonly AgentCard[]): Draft {
  const can = new Set(cards.flatMap(({ skills }) => skills.map(({ id }) => id)));
  const missing = new Map(
    steps
      .filter(
        ({ skill, optional, when }) => optional && (!can.has(skill) || (when && !can.has(skillOf(steps, when.step)))),
      )
      .map((one) => [one.id, one]),
  );
  const present = (needs: readonly string[], seen: readonly string[] = []): readonly string[] =>
    needs.flatMap((id) => {
      const step = missing.get(id);
      // A template that is a circle is a fault, and not to be walked for ever.
      return step && !seen.includes(id) ? present(step.needs ?? [], [...seen, id]) : [id];
    });
  return {
    template: kind,
    version,
    steps: steps
      .filter(({ id }) => !missing.has(id))
      .map(({ needs = [], ...step }) => ({ ...step, needs: [...new Set(present(needs))] })),
    leftOut: [...missing.values()].map(({ id, skill }) => ({ step: id, skill })),
  };
}

const skillOf = (steps: Template['steps'], step: string): string => steps.find(({ id }) => id === step)?.skill ?? '';

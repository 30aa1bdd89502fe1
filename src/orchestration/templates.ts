import type { AgentCard } from '../core/agent.ts';
import type { Template, TemplateStep } from '../core/template.ts';
import type { Draft } from './plan.ts';

/**
 * The template's steps with the agents there are. Optional ones that nobody can do are left out, and so is every step that only one
 * left out could set off (`when`). Steps nobody can do and that are not optional are faults of `faultsOf`.
 */
export function stepsOfTemplate({ kind, version, steps }: Template, cards: readonly AgentCard[]): Draft {
  const can = new Set(cards.flatMap(({ skills }) => skills.map(({ id }) => id)));
  const byId = new Map(steps.map((one) => [one.id, one]));
  const isLeftOut = ({ skill, optional, when }: TemplateStep, seen: readonly string[] = []): boolean => {
    if (optional && !can.has(skill)) return true;
    const setOffBy = when && !seen.includes(when.step) ? byId.get(when.step) : undefined;
    return setOffBy !== undefined && isLeftOut(setOffBy, [...seen, setOffBy.id]);
  };
  const missing = new Map(steps.filter((one) => isLeftOut(one)).map((one) => [one.id, one]));
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
      .map(({ needs = [], shows, ...step }) => ({
        ...step,
        needs: [...new Set(present(needs))],
        ...(shows && { shows: shows.filter((id) => !missing.has(id)) }),
      })),
    leftOut: [...missing.values()].map(({ id, skill }) => ({ step: id, skill })),
  };
}

import { z } from 'zod';
import { openKind } from '../../schemas/run.ts';
import type { AgentCard, Cost, Skill } from '../core/agent.ts';
import type { JsonObject } from '../core/json.ts';
import { textAt } from '../core/read.ts';
import { planned, type Planned } from './plan.ts';
import type { Deciders, RunRequest } from './run.ts';
import { toldOf } from './validate.ts';

/** Under which name of the run's context a proposal is recorded; and why there is none. */
export const proposalName = 'proposal';
export const unproposedName = 'unproposed';

const stepsMax = 16;

/** Steps as they are proposed. Each is gone on without where it fails: what was proposed is no promise. */
export const proposalSchema = z.object({
  steps: z
    .array(
      z.object({
        id: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/),
        skill: z.string(),
        goal: z.string().min(1).max(200),
        needs: z.array(z.string()).max(stepsMax),
      }),
    )
    .min(1)
    .max(stepsMax),
});
export type Proposal = z.output<typeof proposalSchema>;

/** What may be proposed: skills that only look. Who changes something does so by a template, which a person has read. */
export const proposable = (cards: readonly AgentCard[]): readonly Skill[] =>
  cards.flatMap(({ skills }) =>
    skills.filter(({ sideEffects, input }) => sideEffects === 'none' && input.length === 0),
  );

/**
 * The plan that a proposal makes, or what is wrong with it: the same validator as for every plan. `usual`: what its steps may
 * cost where whoever asked for the run says nothing.
 */
export function planOfProposal(
  { risk = 'low', budget: asked }: RunRequest,
  { steps }: Proposal,
  context: JsonObject,
  cards: readonly AgentCard[],
  usual: Cost,
): Planned | { readonly kind: 'beyond'; readonly skills: readonly string[] } {
  const allowed = new Set(proposable(cards).map(({ id }) => id));
  const beyond = steps.map(({ skill }) => skill).filter((skill) => !allowed.has(skill));
  if (beyond.length > 0) return { kind: 'beyond', skills: beyond };
  const template = { kind: openKind, version: 1, steps: steps.map((step) => ({ ...step, optional: true }) as const) };
  const budget = asked ?? usual;
  return planned({ kind: openKind, wanted: [], given: Object.keys(context), budget, risk }, cards, [template]);
}

/** Deciders that make the plans of open runs of what was proposed and recorded in their context. */
export function withProposals(how: Deciders, cards: readonly AgentCard[], usual: Cost): Deciders {
  return {
    ...how,
    plan(request, context) {
      if (request.kind !== openKind || request.wanted) return how.plan(request, context);
      const proposal = proposalSchema.safeParse(context[proposalName]);
      if (!proposal.success) {
        return { impossible: `nobody proposed one: ${textAt(context, unproposedName) ?? 'no model is asked for it'}` };
      }
      const made = planOfProposal(request, proposal.data, context, cards, usual);
      if (made.kind === 'planned') return made.plan;
      return { impossible: made.kind === 'beyond' ? beyondText : made.faults.map(toldOf).join(' ') };
    },
  };
}

const beyondText = 'it has skills that change something, or that nobody has';

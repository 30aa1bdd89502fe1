import type { AgentCard } from './core/agent.ts';
import type { Config } from './config/schema.ts';
import type { Clock } from './core/clock.ts';
import type { JsonObject } from './core/json.ts';
import type { Agent } from './orchestration/agent.ts';
import { runBudget } from './orchestration/deciders.ts';
import {
  openKind,
  planOfProposal,
  proposable,
  proposalName,
  proposalSchema,
  unproposedName,
  withProposals,
} from './orchestration/proposed.ts';
import type { Deciders, RunRequest } from './orchestration/run.ts';
import { withWriter } from './orchestration/written.ts';
import type { ProviderHappenings } from './providers/happenings.ts';
import { costOfRun, modelsOf, orgDaysOf } from './providers/options.ts';
import { createPlanner } from './providers/planner.ts';
import { createWriter } from './providers/writer.ts';

/** What language models do in runs: an agent more, deciders and a context that know of it. Without models all is as it was. */
export interface ModelsInRuns {
  readonly agents: readonly Agent[];
  readonly kinds: readonly string[];
  deciding(how: Deciders): Deciders;
  gathering(gather: Gather): Gather;
}

type Gather = (request: RunRequest) => Promise<JsonObject>;

/** `cards`: of the other agents. */
export function modelsInRuns(
  config: Config['models'],
  cards: readonly AgentCard[],
  clock: Clock,
  happened: ProviderHappenings,
): ModelsInRuns {
  const models = modelsOf(config, clock, happened);
  if (!models) return { agents: [], kinds: [], deciding: (how) => how, gathering: (gather) => gather };
  const [phrases, ranks, plans] = (['phrase', 'rank', 'plan'] as const).map((use) => config.uses.includes(use));
  const spending = { models, cost: costOfRun(config), purseOf: orgDaysOf(config, clock) };
  const writer = phrases || ranks ? createWriter({ ...spending, phrases: !!phrases, ranks: !!ranks }) : undefined;
  const planner = plans ? createPlanner({ ...spending, skills: proposable(cards), schema: proposalSchema }) : undefined;

  async function proposal(request: RunRequest, context: JsonObject): Promise<JsonObject> {
    if (!planner || request.kind !== openKind) return {};
    const proposed = await planner(request, (plan) => {
      const { kind } = planOfProposal(request, plan, context, cards, runBudget);
      return kind === 'planned'
        ? { kind: 'read', value: plan }
        : { kind: 'rejected', detail: 'the plan does not hold' };
    });
    const { calls } = proposed;
    if (proposed.kind === 'none') return { [unproposedName]: proposed.why, calls };
    return { [proposalName]: proposed.value, provider: proposed.provider, calls };
  }

  return {
    agents: writer ? [writer] : [],
    kinds: planner ? [openKind] : [],
    deciding(how) {
      const planning = planner ? withProposals(how, cards, runBudget) : how;
      return writer ? withWriter(planning, writer.card) : planning;
    },
    gathering: (gather) => async (request) => {
      const context = await gather(request);
      return { ...context, ...(await proposal(request, context)) };
    },
  };
}

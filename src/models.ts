import { openKind } from '../schemas/run.ts';
import type { AgentCard } from './core/agent.ts';
import type { Config } from './config/schema.ts';
import type { Clock } from './core/clock.ts';
import type { Embedder } from './core/embedder.ts';
import type { JsonObject } from './core/json.ts';
import type { Service } from './core/service.ts';
import { agentModel } from './orchestration/agent-model.ts';
import type { Agent } from './orchestration/agent.ts';
import { createCaseVectors, type CaseVectorsDeps } from './orchestration/case-vectors.ts';
import { openBudget } from './orchestration/deciders.ts';
import type { Lessons } from './orchestration/lessons.ts';
import type { LearningPool } from './orchestration/pool.ts';
import {
  planOfProposal,
  proposable,
  proposalName,
  proposalSchema,
  unproposedName,
  withProposals,
} from './orchestration/proposed.ts';
import type { Deciders, RunRequest } from './orchestration/run.ts';
import { withWriter } from './orchestration/written.ts';
import type { Models as ScoreModels } from './pipeline/model-service.ts';
import type { ProviderHappenings } from './providers/happenings.ts';
import { costOfRun, dayOf, embedderOf, modelsOf, orgDaysOf } from './providers/options.ts';
import { createPlanner } from './providers/planner.ts';
import type { Worth } from './providers/question.ts';
import { createWriter } from './providers/writer.ts';
import type { Store } from './store/store.ts';

/** What language models do in runs: an agent more, deciders and a context that know of it. Without models all is as it was. */
export interface ModelsInRuns {
  /** Finds past cases by meaning; undefined where none is configured. */
  readonly embedder: Embedder | undefined;
  readonly agents: readonly Agent[];
  /** Whether a model proposes the steps of runs of kind `open`. */
  readonly proposes: boolean;
  deciding(how: Deciders): Deciders;
  gathering(gather: Gather): Gather;
}

export interface ModelsDeps {
  readonly clock: Clock;
  readonly happened: ProviderHappenings;
  /** What an organisation's runs have taught of providers. */
  worthOf(org: string): Worth;
}

type Gather = (request: RunRequest) => Promise<JsonObject>;

/** `cards`: of the other agents. */
export function modelsInRuns(
  config: Config['models'],
  cards: readonly AgentCard[],
  { clock, happened, worthOf }: ModelsDeps,
): ModelsInRuns {
  const all = { config, clock, happened, day: dayOf(config, clock) };
  const purseOf = orgDaysOf(config, clock);
  const embedder = embedderOf(all, purseOf, worthOf);
  const models = modelsOf(all);
  if (!models) return { embedder, agents: [], proposes: false, deciding: (how) => how, gathering: (gather) => gather };
  const [phrases, ranks, plans] = (['phrase', 'rank', 'plan'] as const).map((use) => config.uses.includes(use));
  const spending = { models, cost: costOfRun(config), purseOf, worthOf };
  const writer = phrases || ranks ? createWriter({ ...spending, phrases: !!phrases, ranks: !!ranks }) : undefined;
  const planner = plans ? createPlanner({ ...spending, skills: proposable(cards), schema: proposalSchema }) : undefined;

  async function proposal(request: RunRequest, context: JsonObject): Promise<JsonObject> {
    if (!planner || request.kind !== openKind || request.wanted) return {};
    const proposed = await planner(request, (plan) => {
      const { kind } = planOfProposal(request, plan, context, cards, openBudget);
      return kind === 'planned'
        ? { kind: 'read', value: plan }
        : { kind: 'rejected', detail: 'the plan does not hold' };
    });
    const { calls } = proposed;
    if (proposed.kind === 'none') return { [proposalName]: null, [unproposedName]: proposed.why, calls };
    return { [proposalName]: proposed.value, provider: proposed.provider, calls };
  }

  return {
    embedder,
    agents: writer ? [writer] : [],
    proposes: planner !== undefined,
    deciding(how) {
      const planning = planner ? withProposals(how, cards, openBudget) : how;
      return writer ? withWriter(planning, writer.card, cards) : planning;
    },
    gathering: (gather) => async (request) => {
      const context = await gather(request);
      return { ...context, ...(await proposal(request, context)) };
    },
  };
}

/** Gives past cases their vectors; undefined without an embedder. */
export function vectorsWith(
  embedder: Embedder | undefined,
  { store, ...deps }: Omit<CaseVectorsDeps, 'embedder' | 'insert'> & { readonly store: Pick<Store, 'insert'> },
): Service | undefined {
  return embedder && createCaseVectors({ ...deps, embedder, insert: (rows) => store.insert('case_vectors', rows) });
}

/** The models of scores, and beside them what runs have taught. */
export function modelsWith(
  scores: ScoreModels,
  { pool, lessons }: { readonly pool: LearningPool; readonly lessons: Lessons },
): ScoreModels {
  return {
    list: async (org) => [...(await scores.list(org)), pool.model(org)].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    get: async (org, name) => (name === agentModel ? pool.model(org) : scores.get(org, name)),
    release: (org, name, command) =>
      name === agentModel ? lessons.release(org, command) : scores.release(org, name, command),
  };
}

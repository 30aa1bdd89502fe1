import type { z } from 'zod';
import type {
  agentSchema,
  providerSchema,
  selectionRequestSchema,
  selectionSchema,
  workerSchema,
} from '../../schemas/agent.ts';
import type { Clock } from '../core/clock.ts';
import type { Cost } from '../core/agent.ts';
import { breakerAt } from './breaker.ts';
import type { Heartbeat } from './heartbeats.ts';
import type { Pool, Shown } from './pool.ts';
import { countOf, posteriorAt, subjectOf, type Posteriors } from './posteriors.ts';
import { providersShown } from './providers-learnt.ts';
import { isGone, withinQuota, type Registered } from './registry.ts';
import { selected } from './select.ts';

type AgentShown = z.output<typeof agentSchema>;
type SelectionAsked = z.output<typeof selectionRequestSchema>;

/** Agents for people to look at, and to ask who would be chosen. */
export function showAgents(pool: Pool & Pick<Shown, 'suggestions'>, clock: Clock, workers: () => readonly Heartbeat[]) {
  return {
    list(org: string): {
      agents: AgentShown[];
      workers: z.output<typeof workerSchema>[];
      providers: z.output<typeof providerSchema>[];
    } {
      const { posteriors } = pool.known(org);
      const agents = [...pool.agents(org).values()].map((agent) => agentOf(agent, posteriors, clock.now()));
      return {
        agents: agents.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
        workers: workers().map(({ worker, at, agents }) => ({
          worker,
          heardAt: new Date(at).toISOString(),
          agents: agents.length,
        })),
        providers: providersShown(posteriors, clock.now()).map((each) => ({ ...each, tasks: [...each.tasks] })),
      };
    },
    /** The very choice that runs make, by what is known now. */
    select(org: string, { budget = unbounded, ...asked }: SelectionAsked): z.output<typeof selectionSchema> {
      const { posteriors, version, pinned } = pool.known(org);
      const at = clock.now();
      const { ranking, ...choice } = selected(pool.agents(org), posteriors, { ...asked, budget, at });
      return {
        ...choice,
        at: new Date(at).toISOString(),
        learnt: { version, pinned },
        ranking: ranking.map(({ known: _, reasons, ...ranked }) => ({ ...ranked, reasons: [...reasons] })),
      };
    },
    suggestions(org: string) {
      const { runs, suggestions } = pool.suggestions(org);
      return { runs, suggestions: suggestions.map((each) => ({ ...each, sequence: [...each.sequence] })) };
    },
  };
}

const unbounded: Cost = { money: Infinity, tokens: Infinity, calls: Infinity, agentSeconds: Infinity };

function agentOf(agent: Registered, posteriors: Posteriors, at: number): AgentShown {
  const { card, breaker, inFlight, seenAt } = agent;
  const { name, version, description, limits } = card;
  return {
    name,
    version,
    description,
    limits,
    skills: card.skills.map((skill) => {
      const posterior = posteriorAt(posteriors, subjectOf('agent', name, skill.id), at);
      const tasks = countOf(posterior);
      const known = {
        tasks,
        successRate: tasks === 0 ? null : posterior.successes / tasks,
        latencyMs: tasks === 0 ? null : posterior.latencyMs / tasks,
      };
      return { ...skill, input: [...skill.input], output: [...skill.output], known };
    }),
    state: stateOf(agent, at),
    faultsInARow: breaker.faults,
    underWay: inFlight,
    heardAt: seenAt === 0 ? null : new Date(seenAt).toISOString(),
  };
}

function stateOf(agent: Registered, at: number): AgentShown['state'] {
  if (isGone(agent, at)) return 'gone';
  const breaker = breakerAt(agent.breaker, at);
  if (breaker === 'open') return 'resting';
  if (breaker === 'half-open') return 'trying';
  return at < agent.coolsUntil || !withinQuota(agent, at) ? 'cooling' : 'ready';
}

import type { AgentCard } from '../core/agent.ts';
import { WeirError } from '../core/errors.ts';
import type { ModelView } from '../core/model.ts';
import type { Entry } from './facts.ts';
import { agentModel, viewOf } from './agent-model.ts';
import { afterEntry, afterSaid, noExperience, type Experience } from './experience.ts';
import { decidingIn, deciderOf, type Known } from './learnt.ts';
import { suggestionsFrom, type Suggestion } from './mining.ts';
import { heardOf, type Quota, type Registry } from './registry.ts';
import type { Said } from './said.ts';
import { trialsDue, type DueTrial } from './trials.ts';

/** What choices rest on, as of the last message of RUNS that was read. Each organisation has its own: nothing crosses. */
export interface Pool {
  readonly cards: readonly AgentCard[];
  /** What decides: posteriors and calibrations, and which version that is. */
  known(org: string): Known & { readonly version: number; readonly pinned: boolean };
  /** The agents and how they are. */
  agents(org: string): Registry;
}

/** What runs have shown, for people. */
export interface Shown {
  model(org: string): ModelView;
  /** Throws `not-found` where there is no way back to that version. */
  mustKeep(org: string, version: number | 'latest'): void;
  /** What past runs suggest, and how many were looked at. */
  suggestions(org: string): { readonly runs: number; readonly suggestions: readonly Suggestion[] };
}

export interface LearningPool extends Pool, Shown {
  /** An entry of a run, in the order of the log. `place`: its sequence. */
  sawEntry(org: string, run: string, entry: Pick<Entry, 'at' | 'facts'>, place: number): void;
  /** `at`: log time, ms. */
  sawSaid(org: string, said: Said, place: number, at: number): void;
  /** What has been seen, by organisation. */
  all(): ReadonlyMap<string, Experience>;
  /** Goes on from what was seen before, of the same agents. */
  restore(org: string, experience: Experience): void;
  /** What agents on trial are to be given beside runs by then, ms; what has been due for longest first. */
  trialsDue(at: number): readonly (DueTrial & { readonly org: string })[];
}

export interface PoolDeps {
  readonly cards: readonly AgentCard[];
  readonly quotas?: ReadonlyMap<string, Quota>;
  /** When an agent was last heard of, ms. */
  heardAt(agent: string): number;
}

export function createPool({ cards, quotas, heardAt }: PoolDeps): LearningPool {
  const orgs = new Map<string, Experience>();
  const none = noExperience(cards, quotas);
  const of = (org: string): Experience => orgs.get(org) ?? none;

  return {
    cards,
    known(org) {
      const { learnt } = of(org);
      return { ...decidingIn(learnt), ...deciderOf(learnt) };
    },
    agents: (org) =>
      cards.reduce((all, { name }) => heardOf(all, name, all.get(name)?.inFlight ?? 0, heardAt(name)), of(org).agents),
    model: (org) => viewOf(of(org).learnt),
    mustKeep(org, version) {
      const kept = ['latest', 0, ...of(org).learnt.versions.map((each) => each.version)];
      if (!kept.includes(version)) {
        throw new WeirError(
          'not-found',
          `Version ${version} of ${agentModel} is not kept: there are ${kept.join(', ')}.`,
        );
      }
    },
    suggestions(org) {
      const { past } = of(org);
      return { runs: past.length, suggestions: suggestionsFrom(past) };
    },
    sawEntry: (org, run, entry, place) => void orgs.set(org, afterEntry(of(org), run, entry, place)),
    all: () => new Map(orgs),
    restore: (org, experience) => void orgs.set(org, experience),
    trialsDue: (at) =>
      [...orgs]
        .flatMap(([org, { agents, learnt }]) =>
          trialsDue(agents, decidingIn(learnt).posteriors, at).map((due) => ({ org, ...due })),
        )
        .toSorted((a, b) => a.dueAt - b.dueAt),
    sawSaid: (org, said, place, at) => void orgs.set(org, afterSaid(of(org), said, place, at)),
  };
}

/** Agents that are always there, and of whom nothing is known. */
export const unlearnt = (cards: readonly AgentCard[]): LearningPool => createPool({ cards, heardAt: () => Infinity });

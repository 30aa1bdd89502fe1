import type { AgentCard } from '../core/agent.ts';
import type { Entry } from './facts.ts';
import { followed } from './follow.ts';
import { judgedBy, outcomesOf, type Found, type Judgement } from './found.ts';
import { learntFrom, nothingLearnt, releasedBy, type Learnt } from './learnt.ts';
import { runsMax, type PastRun } from './mining.ts';
import { answered, dispatched, noAgents, registered, released, type Quota, type Registry } from './registry.ts';
import { subjectOf } from './posteriors.ts';
import type { Said } from './said.ts';
import { nothing, trailOf, type Change, type Teaching, type Trail } from './trail.ts';
import { passesWanted, tried } from './trials.ts';

/**
 * What the runs of an organisation have shown: a function of its part of RUNS, in the order of the log. A value; of what comes
 * again at a place that was seen, nothing is taken.
 */
export interface Experience {
  readonly learnt: Learnt;
  /** How the agents are: breakers, tasks under way, quotas. */
  readonly agents: Registry;
  /** Runs that have not ended, by id. */
  readonly trails: ReadonlyMap<string, Trail>;
  /** Findings of which nothing has said yet whether they were so, oldest first. */
  readonly found: readonly Found[];
  /** Runs that ended, oldest first. */
  readonly past: readonly PastRun[];
  /** Place in the log of the last message. */
  readonly place: number;
}

/** The oldest go first. */
export const foundMax = 2_000;
export const trailsMax = 20_000;

export const noExperience = (
  cards: readonly AgentCard[],
  quotas: ReadonlyMap<string, Quota> = new Map(),
): Experience => ({
  learnt: nothingLearnt,
  agents: cards.reduce((all, card) => registered(all, card, 0, quotas.get(card.name) ?? null), noAgents),
  trails: new Map(),
  found: [],
  past: [],
  place: 0,
});

type Told = Pick<Entry, 'at' | 'facts'>;

/** After an entry of a run. */
export function afterEntry(before: Experience, run: string, { at, facts }: Told, place: number): Experience {
  if (place <= before.place) return before;
  let next = { ...before, place };
  let trail = before.trails.get(run);
  const taught: Teaching[] = [];
  for (const fact of facts) {
    if (fact.fact === 'requested' && !trail) {
      trail = trailOf(fact, at, before.trails.get(fact.request.parent?.run ?? ''));
    }
    if (!trail) continue;
    const after = followed(trail, fact, at);
    taught.push(after.teaches);
    trail = after.trail ?? undefined;
  }
  if (trail !== before.trails.get(run)) next = { ...next, trails: withTrail(before.trails, run, trail) };
  return afterTeaching(next, together(taught), at);
}

/** After what was told beside the runs; `at` is log time, ms. */
export function afterSaid(before: Experience, said: Said, place: number, at: number): Experience {
  if (place <= before.place) return before;
  const next = { ...before, place };
  if (said.said === 'release') {
    const { version, by, why } = said;
    return { ...next, learnt: releasedBy(before.learnt, { place, version, by, why, at: said.at }) };
  }
  if (said.said === 'tried') return afterTrial(next, said, at);
  return afterTeaching(next, { ...nothing, judged: judgedBy(said) }, at);
}

/** Once it has passed as often as it has to, those are successes, and what was known before counts as no more than one outcome. */
function afterTrial(before: Experience, said: Extract<Said, { said: 'tried' }>, at: number): Experience {
  const { agent, version, skill, tookMs } = said;
  const known = before.agents.get(agent);
  if (known?.card.version !== version || !known.trials.has(skill)) return before;
  const agents = tried(before.agents, agent, skill, said, at);
  const isWell = tookMs !== null && agents.get(agent)?.trials.has(skill) === false;
  const passed = { subject: subjectOf('agent', agent, skill), succeeded: true, latencyMs: tookMs ?? 0, money: 0, at };
  const outcomes = isWell ? Array.from({ length: passesWanted }, (_, nth) => ({ ...passed, anew: nth === 0 })) : [];
  return afterTeaching({ ...before, agents }, { ...nothing, outcomes }, at);
}

/** What one entry teaches is one lesson. */
const together = (taught: readonly Teaching[]): Teaching => ({
  outcomes: taught.flatMap(({ outcomes }) => outcomes),
  changes: taught.flatMap(({ changes }) => changes),
  found: taught.flatMap(({ found }) => found),
  judged: taught.flatMap(({ judged }) => judged),
  past: taught.findLast(({ past }) => past !== null)?.past ?? null,
});

function withTrail(trails: Experience['trails'], run: string, trail: Trail | undefined): Experience['trails'] {
  const next = new Map(trails);
  if (trail) next.set(run, trail);
  else next.delete(run);
  const [oldest] = next.keys();
  if (next.size > trailsMax && oldest !== undefined) next.delete(oldest);
  return next;
}

function afterTeaching(before: Experience, teaches: Teaching, at: number): Experience {
  const { changes, outcomes, past } = teaches;
  const { found, came } = judged(before.found, teaches.judged);
  const learnt =
    outcomes.length + came.length === 0
      ? before.learnt
      : learntFrom(before.learnt, { place: before.place, at, outcomes, findings: came });
  return {
    ...before,
    learnt,
    agents: changes.reduce((all, change) => changed(all, change, at), before.agents),
    found: teaches.found.length === 0 ? found : [...found, ...teaches.found].slice(-foundMax),
    past: past ? [...before.past, past].slice(-runsMax) : before.past,
  };
}

/** Each finding is judged once, by what the log says first. */
function judged(found: readonly Found[], judgements: readonly Judgement[]) {
  return judgements.reduce(
    ({ found, came }, { cameTrue, isOf }) => {
      const its = found.filter(isOf);
      if (its.length === 0) return { found, came };
      return { found: found.filter((each) => !isOf(each)), came: [...came, ...outcomesOf(its, cameTrue)] };
    },
    { found, came: [] as ReturnType<typeof outcomesOf> },
  );
}

/** What became of another version of an agent says nothing of this one. */
function changed(agents: Registry, change: Change, at: number): Registry {
  const { agent: name, version } = change;
  if (agents.get(name)?.card.version !== version) return agents;
  switch (change.change) {
    case 'dispatched':
      return dispatched(agents, name, at);
    case 'released':
      return released(agents, name);
    case 'answered':
      return answered(agents, name, change.fault, at, change.retryAfterMs ?? undefined, change.of);
    default:
      return change satisfies never;
  }
}

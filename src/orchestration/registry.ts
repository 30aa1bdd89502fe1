import type { AgentCard, Skill } from '../core/agent.ts';
import { breakerAfter, closedBreaker, notItsOwn, openMs, openMsMax, type Breaker, type FaultKind } from './breaker.ts';

/** The agents that are known, by name, in the order they came. A value: each change gives another. */
export type Registry = ReadonlyMap<string, Registered>;

/** An agent and how it is. Times in ms. */
export interface Registered {
  readonly card: AgentCard;
  /** Of its last sign of life. */
  readonly seenAt: number;
  /** Tasks under way. */
  readonly inFlight: number;
  readonly breaker: Breaker;
  /** Until when it asked to be left alone: it was asked too often. */
  readonly coolsUntil: number;
  /** Null: it may be asked as often as it has room for. */
  readonly quota: Quota | null;
  /** When, at the quota's steady pace, the next task would be due (GCRA's theoretical arrival time). */
  readonly dueAt: number;
  /** By skill, what it failed at last, where it has not succeeded since. */
  readonly trials: ReadonlyMap<string, Trial>;
}

/** A step that an agent failed at. */
export interface Trial {
  readonly run: string;
  readonly step: string;
  /** How often it was given to it again beside the run. */
  readonly tries: number;
  /** How often in a row it passed that by now. */
  readonly passes: number;
  /** When it may be given to it again. */
  readonly dueAt: number;
}

/** Whose task came back. */
export interface Answered extends Pick<Trial, 'run' | 'step'> {
  readonly skill: string;
}

/** At most `tasks` at once and on average in each `perMs`. */
export interface Quota {
  readonly tasks: number;
  readonly perMs: number;
}

export const agentsMax = 1_000;
/** An agent that has not been heard of for so long counts as gone. */
export const goneAfterMs = 30_000;

export const noAgents: Registry = new Map();

/**
 * With an agent that says who it is: a new one, or a new version of a known one, which starts with a closed breaker. Beyond
 * `agentsMax` the one longest unheard of makes room.
 */
export function registered(registry: Registry, card: AgentCard, at: number, quota: Quota | null = null): Registry {
  const known = registry.get(card.name);
  const same = known?.card.version === card.version;
  const next = new Map(registry);
  next.set(card.name, {
    card,
    seenAt: Math.max(at, known?.seenAt ?? at),
    inFlight: known?.inFlight ?? 0,
    breaker: same ? known.breaker : closedBreaker,
    coolsUntil: same ? known.coolsUntil : 0,
    quota,
    dueAt: known?.dueAt ?? 0,
    trials: same ? known.trials : new Map(),
  });
  if (next.size > agentsMax) next.delete(longestUnheardOf(next, card.name));
  return next;
}

/** After a sign of life, which says how many tasks it is at. One of an unknown agent says nothing. */
export function heardOf(registry: Registry, name: string, inFlight: number, at: number): Registry {
  return changed(registry, name, (agent) =>
    at < agent.seenAt ? agent : { ...agent, seenAt: at, inFlight: Math.max(0, inFlight) },
  );
}

/** After a task was given to it. */
export function dispatched(registry: Registry, name: string, at: number): Registry {
  return changed(registry, name, (agent) => ({
    ...agent,
    inFlight: agent.inFlight + 1,
    dueAt: agent.quota ? Math.max(agent.dueAt, at) + agent.quota.perMs / agent.quota.tasks : agent.dueAt,
  }));
}

/** After a task came back: with a report (`fault` null), or with a fault. `retryAfterMs` where it was asked too often. */
export function answered(
  registry: Registry,
  name: string,
  fault: FaultKind | null,
  at: number,
  retryAfterMs = 1_000,
  of?: Answered,
): Registry {
  return changed(registry, name, (agent) => ({
    ...agent,
    seenAt: Math.max(agent.seenAt, at),
    inFlight: Math.max(0, agent.inFlight - 1),
    breaker: breakerAfter(agent.breaker, fault, at),
    coolsUntil: fault === 'rate-limited' ? Math.max(agent.coolsUntil, at + retryAfterMs) : agent.coolsUntil,
    trials:
      of && (fault === null || !notItsOwn.has(fault)) ? answeredTrials(agent.trials, of, fault, at) : agent.trials,
  }));
}

function answeredTrials(
  trials: Registered['trials'],
  { skill, run, step }: Answered,
  fault: FaultKind | null,
  at: number,
) {
  const tries = trials.get(skill)?.tries ?? 0;
  return trialAfter(trials, skill, fault === null ? null : { run, step, tries, passes: 0 }, at);
}

/**
 * The trials with this one of a skill (null: none is needed any more), due after as long as a breaker stays open, twice as long each time it failed.
 * `isMoot`: the last one said nothing, and counts for neither.
 */
export function trialAfter(
  trials: Registered['trials'],
  skill: string,
  trial: Omit<Trial, 'dueAt'> | null,
  at: number,
  isMoot = false,
): Registered['trials'] {
  const next = new Map(trials);
  const failed = trial && trial.passes === 0 && !isMoot ? Math.min(trial.tries, 30) : 0;
  if (trial) next.set(skill, { ...trial, dueAt: at + Math.min(openMsMax, openMs * 2 ** failed) });
  else next.delete(skill);
  return next;
}

/** After a task of it no longer matters: another was faster, or the run has ended. It says nothing of how the agent is. */
export function released(registry: Registry, name: string): Registry {
  return changed(registry, name, (agent) => ({ ...agent, inFlight: Math.max(0, agent.inFlight - 1) }));
}

export const isGone = ({ seenAt }: Registered, at: number): boolean => at - seenAt > goneAfterMs;

/** Whether one more task keeps to the quota: the Generic Cell Rate Algorithm (ITU-T I.371). */
export function withinQuota({ quota, dueAt }: Registered, at: number): boolean {
  // Room for a burst of all tasks of an interval.
  return quota === null || dueAt - at <= quota.perMs - quota.perMs / quota.tasks + 1e-6;
}

export const skillOf = (card: AgentCard, skill: string): Skill | undefined =>
  card.skills.find(({ id }) => id === skill);

/** With one agent changed; without it, as it was. */
export function changed(registry: Registry, name: string, change: (agent: Registered) => Registered): Registry {
  const agent = registry.get(name);
  return agent ? new Map(registry).set(name, change(agent)) : registry;
}

function longestUnheardOf(registry: Registry, except: string): string {
  const others = [...registry].filter(([name]) => name !== except);
  const [first] = others.toSorted(([, a], [, b]) => a.seenAt - b.seenAt);
  return first?.[0] ?? except;
}

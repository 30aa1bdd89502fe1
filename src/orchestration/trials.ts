import type { AgentCard, Skill } from '../core/agent.ts';
import { breakerAfter, breakerAt, notItsOwn, type FaultKind } from './breaker.ts';
import { posteriorAt, subjectOf, type Posterior, type Posteriors } from './posteriors.ts';
import { changed, skillOf, trialAfter, type Registered, type Registry, type Trial } from './registry.ts';

/**
 * Trials: an agent that failed is given what it failed at once more, beside runs, and nobody uses the answer. Where others can
 * do a skill, it gets none of the traffic before it has passed some in a row.
 */
export interface DueTrial extends Omit<Trial, 'passes'> {
  readonly agent: string;
  readonly version: number;
  readonly skill: string;
}

/** Asking once more does nothing to the outside and costs no money. Of other skills a run's own step is the trial. */
const isTriable = (skill: Skill): boolean => skill.sideEffects === 'none' && skill.cost.money === 0;

/** Its breaker has been open and it has not passed since; or of what it did with the skill less than a quarter went well, as much as counts, and the last did not. */
export function isOnTrial(agent: Registered, skill: Skill, { successes, failures }: Posterior, at: number): boolean {
  if (breakerAt(agent.breaker, at) === 'half-open') return triableOf(agent).length > 0;
  const isPoor = failures >= 0.5 && successes < Math.max(0.5, failures / 3);
  return isPoor && agent.trials.has(skill.id) && isTriable(skill);
}

/** What is to be tried by now: of agents beside whom others can do something. */
export function trialsDue(registry: Registry, posteriors: Posteriors, at: number): readonly DueTrial[] {
  const cards = [...registry.values()].map(({ card }) => card);
  return [...registry.values()]
    .filter(({ card, breaker }) => breakerAt(breaker, at) !== 'open' && hasPeers(card, cards))
    .flatMap((agent) => {
      const { name, version } = agent.card;
      const isDue = ([skill, { dueAt }]: readonly [Skill, Trial]) =>
        dueAt <= at && isOnTrial(agent, skill, posteriorAt(posteriors, subjectOf('agent', name, skill.id), at), at);
      return triableOf(agent)
        .filter(isDue)
        .map(([{ id: skill }, { passes: _, ...trial }]) => ({ agent: name, version, skill, ...trial }));
    });
}

/** So often in a row it has to pass: an agent that is ill most of the time passes once, too. */
export const passesWanted = 3;

/**
 * After a trial: the last that it has to pass closes the breaker, and so does one that could not be made (`tookMs` null); after another that it failed
 * the next is put off, twice as long each time. One that ended by what is not its own fault says nothing. It takes nobody's place.
 */
export function tried(registry: Registry, name: string, skill: string, { fault, tookMs }: Came, at: number): Registry {
  return changed(registry, name, (agent) => {
    const before = agent.trials.get(skill);
    if (!before) return agent;
    const isOthers = fault !== null && notItsOwn.has(fault);
    const passes = fault === null ? before.passes + 1 : isOthers ? before.passes : 0;
    const isWell = fault === null && (passes >= passesWanted || tookMs === null);
    const after = { ...before, tries: before.tries + 1, passes };
    const breaker = isWell ? breakerAfter(agent.breaker, null, at) : agent.breaker;
    return { ...agent, breaker, trials: trialAfter(agent.trials, skill, isWell ? null : after, at, isOthers) };
  });
}

/** What came of a trial: null where it was passed; how long it took, ms, null where nothing could be asked. */
export interface Came {
  readonly fault: FaultKind | null;
  readonly tookMs: number | null;
}

const triableOf = ({ card, trials }: Registered): readonly (readonly [Skill, Trial])[] =>
  [...trials].flatMap(([id, trial]) => {
    const skill = skillOf(card, id);
    return skill && isTriable(skill) ? [[skill, trial] as const] : [];
  });

function hasPeers(card: AgentCard, cards: readonly AgentCard[]): boolean {
  return card.skills.some(({ id }) => cards.some((other) => other.name !== card.name && skillOf(other, id)));
}

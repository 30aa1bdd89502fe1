import type { AgentCard, Cost, Skill } from '../core/agent.ts';
import { idOf } from '../core/ids.ts';
import { quantile } from '../core/quantile.ts';
import { sfc32 } from '../core/random.ts';
import { breakerAt } from './breaker.ts';
import { guardOf, usualPolicy, type Risk } from './policy.ts';
import { countOf, meanOf, posteriorAt, subjectOf, type Posterior, type Posteriors } from './posteriors.ts';
import { isGone, skillOf, withinQuota, type Registered, type Registry } from './registry.ts';
import { betaDraw, betaSure } from './sampling.ts';
import { isOnTrial } from './trials.ts';

/** Who is sought. */
export interface SelectionRequest {
  readonly skill: string;
  /** Names of what can be given. */
  readonly input: readonly string[];
  /** Names of what must come of it. */
  readonly output: readonly string[];
  /** What may be spent. */
  readonly budget: Cost;
  /** Agents that shall not do it: who failed at it, or made what is to be checked. */
  readonly excluded: readonly string[];
  /** ms. */
  readonly at: number;
  /** 32 bits, unsigned; recorded with the choice, so that it can be made again. */
  readonly seed: number;
  /** What may be broken by it; low where nothing is said. The higher, the more what is proven counts, and the less all else. */
  readonly risk?: Risk;
  readonly weights?: Weights;
}

/** How much each term counts; the worst of a term takes its whole weight. */
export interface Weights {
  readonly success: number;
  readonly cost: number;
  readonly latency: number;
  readonly load: number;
}

export const usualWeights: Weights = { success: 1, cost: 0.2, latency: 0.2, load: 0.2 };

/** The more may be broken, the less it counts what an agent costs, how long it takes, and how much it has to do. */
export const weightsAt: Readonly<Record<Risk, Weights>> = {
  low: usualWeights,
  medium: { success: 1, cost: 0.1, latency: 0.1, load: 0.1 },
  high: { success: 1, cost: 0.02, latency: 0.02, load: 0.02 },
};

/** 0 … 1: how far success is what an agent has proven, and not what might be drawn for it: nobody is tried where much may be broken. */
export const cautionAt: Readonly<Record<Risk, number>> = { low: 0, medium: 0.5, high: 1 };

/** Below 1 what is known counts for more, and less is tried (posterior reshaping: Chapelle and Li 2011, who found ½ to regret least). */
export const reshaping = 0.5;

/** Who was chosen, and the place of everybody else. The same request, registry and posteriors give the same. */
export interface Selection {
  /** Null where nobody is left: the reasons say why. */
  readonly chosen: string | null;
  readonly seed: number;
  readonly ranking: readonly Ranked[];
}

export interface Ranked {
  readonly agent: string;
  readonly version: number;
  /** The sum of its terms; null for who was filtered out. */
  readonly score: number | null;
  /** What is known of it for the skill, as much as is left of it: what the draw is made from. Null for who was filtered out. */
  readonly known: Posterior | null;
  readonly reasons: readonly Reason[];
}

/** Why somebody is out of the question, in the order it is looked at. */
export const filters = [
  'capability', // has no such skill
  'schema', // needs what is not there, or does not give what is wanted
  'excluded', // by the request
  'policy', // does what may not be done
  'gone', // no sign of life
  'breaker', // fails; or is being tried
  'quota', // may not be asked as often
  'budget', // may cost more than is left
  'trial', // failed last, and has to show beside runs that it is well: others can
] as const;
export type FilterName = (typeof filters)[number];

export type Reason =
  | { readonly kind: 'out'; readonly name: FilterName; readonly text: string }
  | {
      readonly kind: 'term';
      readonly name: keyof Weights;
      /** 0 … 1, of success higher is better, of the others lower. */
      readonly value: number;
      /** Negative where more is worse. */
      readonly weight: number;
      readonly text: string;
    };

/**
 * Who does a step: all that can and may, by a sum of success, cost, latency and load. Success is drawn from what is known
 * of it (Thompson 1933; Chapelle and Li 2011), so that who is little known is tried, and who is known to be worse no longer.
 */
export function selected(registry: Registry, posteriors: Posteriors, request: SelectionRequest): Selection {
  const judged = [...registry.values()]
    .toSorted((a, b) => byName(a.card, b.card))
    .map((agent) => ({ agent, out: outOf(agent, request) }));
  const willing = judged.flatMap(({ agent, out }) => (out.length === 0 ? candidateOf(agent, posteriors, request) : []));
  const proven = willing.filter(({ onTrial }) => !onTrial);
  const able = proven.length > 0 ? proven : willing;
  const isLeft = new Set(willing.filter((each) => !able.includes(each)).map(({ card }) => card.name));
  const usual = {
    money: medianOf(able.map(({ money }) => money)),
    latencyMs: medianOf(able.map((one) => one.latencyMs)),
  };
  const ranking = [
    ...able
      .map((candidate) => rankedOf(candidate, usual, request))
      .toSorted((a, b) => (b.score ?? 0) - (a.score ?? 0) || (a.agent < b.agent ? -1 : 1)),
    ...judged
      .filter(({ agent, out }) => out.length > 0 || isLeft.has(agent.card.name))
      .map(({ agent: { card }, out: reasons }) => ({
        agent: card.name,
        version: card.version,
        score: null,
        known: null,
        reasons: isLeft.has(card.name) ? [out('trial', 'failed last, and is tried beside runs first')] : reasons,
      })),
  ];
  const [first] = ranking;
  return { chosen: first && first.score !== null ? first.agent : null, seed: request.seed, ranking };
}

function outOf(agent: Registered, request: SelectionRequest): readonly Reason[] {
  const { card } = agent;
  const skill = skillOf(card, request.skill);
  if (!skill) return [out('capability', `has no skill ${request.skill}`)];
  const needs = skill.input.filter((name) => !request.input.includes(name));
  const lacks = request.output.filter((name) => !skill.output.includes(name));
  const breaker = breakerAt(agent.breaker, request.at);
  const beyond = beyondBudget(skill.cost, request.budget);
  const denied = guardOf(usualPolicy, [skill], request.risk ?? 'low') === 'deny';
  return [
    ...(needs.length > 0 ? [out('schema', `needs ${needs.join(', ')}, which is not there`)] : []),
    ...(lacks.length > 0 ? [out('schema', `does not give ${lacks.join(', ')}`)] : []),
    ...(request.excluded.includes(card.name) ? [out('excluded', 'is not to do this one')] : []),
    ...(denied ? [out('policy', `what it does is ${skill.sideEffects}, and not done at such a risk`)] : []),
    ...(isGone(agent, request.at) ? [out('gone', `was last heard of ${request.at - agent.seenAt} ms ago`)] : []),
    ...(breaker === 'open' ? [out('breaker', `${agent.breaker.faults} faults in a row`)] : []),
    ...(breaker === 'half-open' && agent.inFlight > 0 ? [out('breaker', 'one task is trying it')] : []),
    ...(request.at < agent.coolsUntil ? [out('quota', `asked to wait ${agent.coolsUntil - request.at} ms`)] : []),
    ...(withinQuota(agent, request.at) ? [] : [out('quota', 'has had all the tasks it may have for now')]),
    ...(beyond ? [out('budget', `may cost ${skill.cost[beyond]} ${beyond}, ${request.budget[beyond]} is left`)] : []),
  ];
}

const out = (name: FilterName, text: string): Reason => ({ kind: 'out', name, text });

function beyondBudget(cost: Cost, budget: Cost): keyof Cost | undefined {
  const names = ['money', 'tokens', 'calls', 'agentSeconds'] as const;
  return names.find((name) => cost[name] > budget[name]);
}

interface Candidate {
  readonly card: AgentCard;
  readonly posterior: Posterior;
  /** 0 … 1. */
  readonly success: number;
  /** Expected of one task. */
  readonly money: number;
  readonly latencyMs: number;
  readonly load: number;
  readonly inFlight: number;
  readonly onTrial: boolean;
}

function candidateOf(agent: Registered, posteriors: Posteriors, request: SelectionRequest): readonly Candidate[] {
  const { card, inFlight } = agent;
  const skill: Skill | undefined = skillOf(card, request.skill);
  if (!skill) return [];
  const posterior = posteriorAt(posteriors, subjectOf('agent', card.name, request.skill), request.at);
  const { successes, failures } = posterior;
  const caution = cautionAt[request.risk ?? 'low'];
  // Each has chance of its own: who else is there does not change what is drawn for it.
  const uniform = sfc32(idOf('select', String(request.seed), request.skill, card.name));
  return [
    {
      card,
      posterior,
      success:
        (1 - caution) * betaDraw(uniform, 1 + successes / reshaping, 1 + failures / reshaping) +
        caution * betaSure(1 + successes, 1 + failures),
      money: meanOf(posterior.money, posterior, skill.cost.money),
      latencyMs: meanOf(posterior.latencyMs, posterior, skill.cost.agentSeconds * 1_000),
      // Work waits in a queue: who has much to do takes longer, and nobody is refused for it.
      load: inFlight / (inFlight + card.limits.concurrent),
      inFlight,
      onTrial: isOnTrial(agent, skill, posterior, request.at),
    },
  ];
}

function rankedOf(
  { card, posterior, success, money, latencyMs, load, inFlight }: Candidate,
  usual: { readonly money: number; readonly latencyMs: number },
  { risk = 'low', weights = weightsAt[risk] }: SelectionRequest,
): Ranked {
  const { successes } = posterior;
  const known = `${successes.toFixed(1)} of ${countOf(posterior).toFixed(1)} recent tasks succeeded`;
  const why =
    risk === 'low' ? known : `${known}; at ${risk} risk what is proven counts, more than cost, latency and load`;
  const terms = [
    term('success', success, weights.success, why),
    term('cost', besideUsual(money, usual.money), -weights.cost, `about ${money.toPrecision(2)} dollars a task`),
    term(
      'latency',
      besideUsual(latencyMs, usual.latencyMs),
      -weights.latency,
      `about ${Math.round(latencyMs)} ms a task`,
    ),
    term('load', load, -weights.load, `${inFlight} tasks under way, room for ${card.limits.concurrent}`),
  ];
  const score = terms.reduce((sum, { value, weight }) => sum + value * weight, 0);
  return { agent: card.name, version: card.version, score, known: posterior, reasons: terms };
}

const term = (name: keyof Weights, value: number, weight: number, text: string) =>
  ({ kind: 'term', name, value, weight, text }) as const;

/**
 * 0 for nothing, ½ for as much as is usual in the pool, towards 1 for many times as much. The best of the pool would be no
 * measure: who fails at once is fast and cheap.
 */
export const besideUsual = (one: number, usual: number): number => (one === 0 ? 0 : one / (one + usual));

/** The lower one of an even number; 0 of none. */
export const medianOf = (values: readonly number[]): number =>
  quantile(
    values.toSorted((a, b) => a - b),
    0.5,
  ) ?? 0;

const byName = (a: AgentCard, b: AgentCard): number => (a.name < b.name ? -1 : 1);

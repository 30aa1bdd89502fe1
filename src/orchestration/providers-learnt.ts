import { z } from 'zod';
import { idOf } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import { sfc32 } from '../core/random.ts';
import { countOf, meanOf, posteriorAt, subjectOf, type Outcome, type Posteriors } from './posteriors.ts';
import { betaDraw } from './sampling.ts';
import { besideUsual, medianOf, reshaping, usualWeights } from './select.ts';

/** The agent that asks models and records its calls. Nobody else’s word counts: the output of a tool may have any names. */
export const modelAgent = 'writer';

/** Calls that are read of one output. */
const callsMax = 32;
const name = z.string().min(1).max(64);
const figure = z.number().min(0);
const calls = z.array(z.object({ provider: name, task: name, outcome: name, latencyMs: figure, money: figure }));

/** Says nothing of the provider: who asked went away, or asked too often. */
const sayNothing: ReadonlySet<string> = new Set(['aborted', 'rate-limited']);

/** What the calls recorded in an output teach of their providers, by task; `at` in ms. Of what is no record of calls, nothing. */
export function outcomesOfCalls(output: JsonObject, at: number): readonly Outcome[] {
  const read = calls.safeParse(output['calls']);
  if (!read.success) return [];
  return read.data
    .slice(0, callsMax)
    .filter(({ outcome }) => !sayNothing.has(outcome))
    .map(({ provider, task, outcome, latencyMs, money }) => ({
      subject: subjectOf('provider', provider, task),
      succeeded: outcome === 'answered',
      latencyMs,
      money,
      at,
    }));
}

export interface ProvidersAsked {
  readonly task: string;
  readonly providers: readonly string[];
  /** ms. */
  readonly at: number;
  /** Another one draws anew; the same gives the same. */
  readonly seed: number;
}

/**
 * What each provider is worth for a task, higher is better: success, drawn from what is known of it, less what it costs and how long it takes
 * beside what is usual. As agents are chosen: who is little known is tried, who is known to be worse no longer.
 */
export function worthOfProviders(
  posteriors: Posteriors,
  { task, providers, at, seed }: ProvidersAsked,
): ReadonlyMap<string, number> {
  const known = providers.map((provider) => ({
    provider,
    posterior: posteriorAt(posteriors, subjectOf('provider', provider, task), at),
  }));
  const seen = known.map(({ posterior }) => posterior).filter((each) => countOf(each) > 0);
  const money = medianOf(seen.map((each) => each.money / countOf(each)));
  const latencyMs = medianOf(seen.map((each) => each.latencyMs / countOf(each)));
  return new Map(
    known.map(({ provider, posterior }) => {
      const { successes, failures } = posterior;
      const uniform = sfc32(idOf('provider', String(seed), task, provider));
      const drawn = betaDraw(uniform, 1 + successes / reshaping, 1 + failures / reshaping);
      const cost = besideUsual(meanOf(posterior.money, posterior, money), money);
      const time = besideUsual(meanOf(posterior.latencyMs, posterior, latencyMs), latencyMs);
      return [provider, drawn - usualWeights.cost * cost - usualWeights.latency * time];
    }),
  );
}

/** A provider as runs have shown it. */
export interface ProviderShown {
  readonly name: string;
  readonly tasks: readonly {
    readonly task: string;
    /** As much as is left of them. */
    readonly calls: number;
    /** 0 … 1, of those. */
    readonly successRate: number;
    readonly latencyMs: number;
    /** US dollars a call. */
    readonly money: number;
  }[];
}

/** The providers that runs have asked, by name. */
export function providersShown(posteriors: Posteriors, at: number): readonly ProviderShown[] {
  const shown = new Map<string, ProviderShown['tasks']>();
  for (const subject of Object.keys(posteriors).toSorted()) {
    const [, provider, task] = /^provider:([^/]+)\/(.+)$/.exec(subject) ?? [];
    if (provider === undefined || task === undefined) continue;
    const posterior = posteriorAt(posteriors, subject, at);
    const count = countOf(posterior);
    if (count === 0) continue;
    const { successes, latencyMs, money } = posterior;
    const figures = { successRate: successes / count, latencyMs: latencyMs / count, money: money / count };
    shown.set(provider, [...(shown.get(provider) ?? []), { task, calls: count, ...figures }]);
  }
  return [...shown].map(([provider, tasks]) => ({ name: provider, tasks }));
}

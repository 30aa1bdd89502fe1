import type { Cost } from '../core/agent.ts';
import type { Clock } from '../core/clock.ts';
import { durationMs } from '../core/duration.ts';
import type { Embedder } from '../core/embedder.ts';
import { createDailyPurse, type Purse } from './budget.ts';
import type { ModelsConfig } from './config.ts';
import { createCoordinator } from './coordinator.ts';
import { createEmbedder, embedding } from './embed.ts';
import type { ProviderHappenings } from './happenings.ts';
import type { Offer, Provider } from './provider.ts';
import type { Models, Worth } from './question.ts';
import { createSdkProvider } from './sdk.ts';
import { createSdkEmbedder } from './sdk-embedder.ts';

type ProviderConfig = ModelsConfig['providers'][string];

/** Tokens and calls of one run, at the worst case. */
const [tokensPerRun, callsPerRun] = [400_000, 8];

/** What one use of models in a run may cost at most. */
export const costOfRun = ({ moneyPerRun }: ModelsConfig): Cost => ({
  money: moneyPerRun,
  tokens: tokensPerRun,
  calls: callsPerRun,
  agentSeconds: 180,
});

/** What all that is configured has in common. */
export interface Spending {
  readonly config: ModelsConfig;
  readonly clock: Clock;
  readonly happened: ProviderHappenings;
  /** What all of it together may cost a day, as `dayOf` has it. */
  readonly day: Purse;
}

/** The models that are configured; undefined where none is. */
export function modelsOf({ config, clock, happened, day }: Spending): Models | undefined {
  const providers = providersOf(config, clock);
  if (providers.length === 0) return undefined;
  return createCoordinator({ providers, strategy: config.strategy, purse: day, clock, happened });
}

/** Whoever makes vectors; undefined where nobody is configured for it. */
export function embedderOf(
  { config, clock, happened, day }: Spending,
  purseOf: (org: string) => Purse,
  worthOf?: (org: string) => Worth,
): Embedder | undefined {
  const [first] = Object.values(config.embedders);
  if (!first) return undefined;
  const providers = Object.entries(config.embedders).map(([name, embedder]) => {
    const { url, model, apiKey } = embedder;
    return createSdkEmbedder(
      embedderOffer(name, embedder),
      { url, model, ...(apiKey === undefined ? {} : { apiKey }) },
      clock,
    );
  });
  const models = createCoordinator({ providers, strategy: config.strategy, purse: day, clock, happened });
  return createEmbedder({ models, model: first.model, cost: costOfRun(config), purseOf, ...(worthOf && { worthOf }) });
}

/** The configured providers. */
export function providersOf({ providers }: ModelsConfig, clock: Clock): readonly Provider[] {
  return Object.entries(providers).map(([name, config]) => {
    const { kind, model, url, apiKey } = config;
    const address = url === undefined ? {} : { url };
    const key = apiKey === undefined ? {} : { apiKey };
    return createSdkProvider(offerOf(name, config), { kind, model, ...address, ...key }, clock);
  });
}

/** What all of them together may cost a day. */
export function dayOf({ moneyPerDay, tokensPerDay, callsPerDay }: ModelsConfig, clock: Clock): Purse {
  return createDailyPurse({ money: moneyPerDay, tokens: tokensPerDay, calls: callsPerDay, ...anyTime }, clock);
}

/** What they may cost each organisation a day. A purse an organisation, which the configuration names. */
export function orgDaysOf({ moneyPerOrg, moneyPerDay }: ModelsConfig, clock: Clock): (org: string) => Purse {
  const limit: Cost = { money: moneyPerOrg ?? moneyPerDay, tokens: Infinity, calls: Infinity, ...anyTime };
  const purses = new Map<string, Purse>();
  return (org) => {
    const purse = purses.get(org) ?? createDailyPurse(limit, clock);
    purses.set(org, purse);
    return purse;
  };
}

const anyTime = { agentSeconds: Number.POSITIVE_INFINITY };

function embedderOffer(name: string, config: ModelsConfig['embedders'][string]): Offer {
  const { maxConcurrent, requestsPerMinute, tokensPerMinute } = config;
  return {
    name,
    capabilities: { [embedding]: 1 },
    // Each text has the whole of it, and is cut to less.
    contextTokens: Infinity,
    price: { input: config.price, output: 0 },
    maxConcurrent,
    requestsPerMinute,
    tokensPerMinute,
    timeoutMs: durationMs(config.timeout),
  };
}

function offerOf(name: string, config: ProviderConfig): Offer {
  const { capabilities, contextTokens, maxConcurrent, requestsPerMinute, tokensPerMinute } = config;
  return {
    name,
    capabilities,
    contextTokens,
    price: { input: config.inputPrice, output: config.outputPrice },
    maxConcurrent,
    requestsPerMinute,
    tokensPerMinute,
    timeoutMs: durationMs(config.timeout),
  };
}

import { z } from 'zod';
import { durationMs, isDuration, type Duration } from '../core/duration.ts';
import type { Clock } from '../core/clock.ts';
import { WeirError } from '../core/errors.ts';
import { namePattern } from '../core/event.ts';
import { createDailyPurse, type Purse } from './budget.ts';
import type { Offer, Provider } from './provider.ts';
import { createSdkProvider } from './sdk.ts';
import { strategies, type Strategy } from './strategies.ts';

/** Says of a type what it is for, as the configuration's own `option` does. */
type Declare = <T extends z.ZodType>(type: T, about: string, more?: { each?: string; without?: string }) => T;

const count = z.int().positive();
const duration = z.custom<Duration>(
  (value) => typeof value === 'string' && isDuration(value),
  'expected a duration such as 250ms, 30s, 5m, 2h or 14d',
);
const name = z.string().regex(namePattern, 'expected a name of a-z, 0-9 and -, at most 63 characters');
const strategyNames = Object.keys(strategies).filter((each): each is Strategy => each in strategies);

/** The part `models` of the configuration. Without any provider nothing of it is loaded. */
export function modelsSchema(option: Declare) {
  const provider = z
    .strictObject({
      kind: option(z.enum(['openai-compatible', 'anthropic']), 'What it speaks.'),
      model: option(z.string().min(1).max(200), 'Its name for the model.'),
      url: option(
        z.url({ protocol: /^https?$/ }).exactOptional(),
        'Its address, such as `http://localhost:11434/v1`.',
        {
          without: 'that of Anthropic',
        },
      ),
      apiKeyEnv: option(
        z
          .string()
          .regex(/^[A-Z][A-Z0-9_]{0,99}$/, 'expected the name of an environment variable')
          .exactOptional(),
        'The environment variable that holds its key. The key itself stands nowhere in the configuration.',
        { without: 'none: it takes no key' },
      ),
      capabilities: option(
        z.record(name, z.number().min(0).max(1)).default({ prose: 0.5, json: 0.5 }),
        'What it is good at and how good, 0 to 1: `prose` phrases findings, `json` ranks and plans.',
        { each: 'capability' },
      ),
      contextTokens: option(count.default(32_768), 'Tokens of prompt and answer together.'),
      inputPrice: option(z.number().min(0).default(0), 'US dollars a million tokens of prompts.'),
      outputPrice: option(z.number().min(0).default(0), 'US dollars a million tokens of answers.'),
      maxConcurrent: option(count.default(4), 'Calls at once; further ones go elsewhere.'),
      requestsPerMinute: option(count.default(60), 'Calls a minute; further ones go elsewhere.'),
      tokensPerMinute: option(count.default(100_000), 'Tokens a minute; further ones go elsewhere.'),
      timeout: option(duration.default('60s'), 'A call that takes longer has failed.'),
    })
    .refine(({ kind, url }) => kind === 'anthropic' || url !== undefined, {
      path: ['url'],
      message: 'an openai-compatible provider needs an address',
    })
    .refine(({ kind, apiKeyEnv }) => kind !== 'anthropic' || apiKeyEnv !== undefined, {
      path: ['apiKeyEnv'],
      message: 'anthropic needs a key',
    })
    .refine(({ url, apiKeyEnv }) => apiKeyEnv === undefined || url === undefined || isPrivate(url), {
      path: ['url'],
      message: 'a key goes over https, or over loopback',
    });

  return z.strictObject({
    providers: option(
      z.record(name, provider).default({}),
      'Language models that may be asked; without any, nothing is.',
      {
        each: 'provider',
      },
    ),
    strategy: option(z.enum(strategyNames).default('cheapest'), 'How one is chosen among those that can answer.'),
    moneyPerDay: option(z.number().min(0).default(5), 'US dollars all of them may cost a day, UTC.'),
    tokensPerDay: option(count.default(2_000_000), 'Tokens all of them may take a day, UTC.'),
    callsPerDay: option(count.default(5_000), 'Calls of all of them a day, UTC.'),
  });
}

export type ModelsConfig = z.output<ReturnType<typeof modelsSchema>>;
type ProviderConfig = ModelsConfig['providers'][string];

/** The configured providers. Throws `config-invalid` where the environment lacks a key. */
export function providersOf(
  { providers }: ModelsConfig,
  environment: Readonly<Record<string, string | undefined>>,
  clock: Clock,
): readonly Provider[] {
  return Object.entries(providers).map(([name, config]) => {
    const { kind, model, url, apiKeyEnv } = config;
    const apiKey = apiKeyEnv === undefined ? undefined : environment[apiKeyEnv];
    if (apiKeyEnv !== undefined && (apiKey === undefined || apiKey === '')) {
      throw new WeirError(
        'config-invalid',
        `models.providers.${name}: the environment variable ${apiKeyEnv} is not set`,
      );
    }
    const address = url === undefined ? {} : { url };
    const key = apiKey === undefined ? {} : { apiKey };
    return createSdkProvider(offerOf(name, config), { kind, model, ...address, ...key }, clock);
  });
}

/** What all of them together may cost a day. */
export function dayOf({ moneyPerDay, tokensPerDay, callsPerDay }: ModelsConfig, clock: Clock): Purse {
  const limit = {
    money: moneyPerDay,
    tokens: tokensPerDay,
    calls: callsPerDay,
    agentSeconds: Number.POSITIVE_INFINITY,
  };
  return createDailyPurse(limit, clock);
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

function isPrivate(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || ['localhost', '[::1]'].includes(hostname) || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

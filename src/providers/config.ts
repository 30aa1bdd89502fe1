import { z } from 'zod';
import type { Duration } from '../core/duration.ts';
import { namePattern } from '../core/event.ts';
import { strategies, type Strategy } from './strategies.ts';

/** What the configuration's schema is made with; given, so that the schema can have this as a part. */
export interface SchemaParts {
  option<T extends z.core.$ZodType>(
    type: T,
    about: string,
    more?: { readonly each?: string; readonly secret?: true; readonly without?: string },
  ): T;
  readonly duration: z.ZodType<Duration, Duration>;
}

const count = z.int().positive();
const money = z.number().min(0);
const name = z.string().regex(namePattern, 'expected a name of a-z, 0-9 and -, at most 63 characters');
const strategyNames = Object.keys(strategies).filter((each): each is Strategy => each in strategies);

/** What models may be asked for. */
export const uses = ['phrase', 'rank', 'plan'] as const;

/** `models` in the configuration. Without any provider nothing of it is loaded. */
export function modelsSchema({ option, duration }: SchemaParts) {
  const provider = z
    .strictObject({
      kind: option(z.enum(['openai-compatible', 'anthropic']), 'What it speaks.'),
      model: option(z.string().min(1).max(200), 'Its name for the model.'),
      url: option(
        z.url({ protocol: /^https?$/ }).exactOptional(),
        'Its address, such as `http://localhost:11434/v1`.',
        { without: 'that of Anthropic' },
      ),
      apiKey: option(z.string().min(8, 'a key has at least 8 characters').exactOptional(), 'Its key.', {
        secret: true,
        without: 'none: it takes no key',
      }),
      capabilities: option(
        z.record(name, z.number().min(0).max(1)).default({ prose: 0.5, json: 0.5 }),
        'What it is good at and how good, 0 to 1: `prose` phrases findings, `json` ranks and plans.',
        { each: 'capability' },
      ),
      contextTokens: option(count.default(32_768), 'Tokens of prompt and answer together.'),
      inputPrice: option(money.default(0), 'US dollars a million tokens of prompts.'),
      outputPrice: option(money.default(0), 'US dollars a million tokens of answers.'),
      maxConcurrent: option(count.default(4), 'Calls at once; further ones go elsewhere.'),
      requestsPerMinute: option(count.default(60), 'Calls a minute; further ones go elsewhere.'),
      tokensPerMinute: option(count.default(100_000), 'Tokens a minute; further ones go elsewhere.'),
      timeout: option(duration.default('60s'), 'A call that takes longer has failed.'),
    })
    .refine(({ kind, url }) => kind === 'anthropic' || url !== undefined, {
      path: ['url'],
      message: 'an openai-compatible provider needs an address',
    })
    .refine(({ kind, apiKey }) => kind !== 'anthropic' || apiKey !== undefined, {
      path: ['apiKey'],
      message: 'anthropic needs a key',
    })
    .refine(({ url, apiKey }) => apiKey === undefined || url === undefined || isPrivate(url), {
      path: ['url'],
      message: 'a key goes over https, or over loopback',
    });

  const embedder = z
    .strictObject({
      url: option(
        z.url({ protocol: /^https?$/ }),
        "An address that speaks OpenAI's embeddings, such as `http://localhost:11434/v1`.",
      ),
      model: option(z.string().min(1).max(200), 'Its name for the model; the same for all of them.'),
      apiKey: option(z.string().min(8, 'a key has at least 8 characters').exactOptional(), 'Its key.', {
        secret: true,
        without: 'none: it takes no key',
      }),
      price: option(money.default(0), 'US dollars a million tokens.'),
      maxConcurrent: option(count.default(2), 'Calls at once; further ones go elsewhere.'),
      requestsPerMinute: option(count.default(120), 'Calls a minute; further ones go elsewhere.'),
      tokensPerMinute: option(count.default(1_000_000), 'Tokens a minute; further ones go elsewhere.'),
      timeout: option(duration.default('20s'), 'A call that takes longer has failed.'),
    })
    .refine(({ url, apiKey }) => apiKey === undefined || isPrivate(url), {
      path: ['url'],
      message: 'a key goes over https, or over loopback',
    });
  const embedders = z
    .record(name, embedder)
    .refine((all) => new Set(Object.values(all).map(({ model }) => model)).size <= 1, {
      message:
        'vectors of different models cannot be compared: embedders that stand in for each other have the same model',
    });

  return z.strictObject({
    embedders: option(
      embedders.default({}),
      'Models of vectors, by which past cases are found that mean the like; without any, they are found by words.',
      { each: 'embedder' },
    ),
    providers: option(
      z.record(name, provider).default({}),
      'Language models that may be asked; without any, nothing is.',
      { each: 'provider' },
    ),
    uses: option(
      z.array(z.enum(uses)).default(['phrase']),
      'What for: `phrase` says in prose what a run found, `rank` puts its findings in order, `plan` proposes the steps of runs of kind `open`.',
    ),
    strategy: option(z.enum(strategyNames).default('cheapest'), 'How one is chosen among those that can answer.'),
    moneyPerRun: option(money.default(0.25), 'US dollars that each use of them in a run may cost, at the worst case.'),
    moneyPerOrg: option(money.exactOptional(), 'US dollars they may cost an organisation a day, UTC.', {
      without: 'as much as all together',
    }),
    moneyPerDay: option(money.default(5), 'US dollars all of them may cost a day, UTC.'),
    tokensPerDay: option(count.default(2_000_000), 'Tokens all of them may take a day, UTC.'),
    callsPerDay: option(count.default(5_000), 'Calls of all of them a day, UTC.'),
  });
}

export type ModelsConfig = z.output<ReturnType<typeof modelsSchema>>;

function isPrivate(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || ['localhost', '[::1]'].includes(hostname) || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

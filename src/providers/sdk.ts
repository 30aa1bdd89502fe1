import type * as Sdk from 'ai';
import type { LanguageModel } from 'ai';
import type { Clock } from '../core/clock.ts';
import type { Fault } from './faults.ts';
import type { Called, Offer, Prompt, Provider, Usage } from './provider.ts';
import { worstTokens } from './question.ts';
import { openAiClient, sdkFetch } from './sdk-client.ts';
import { faultOf } from './sdk-faults.ts';

/** A A model behind the AI SDK of Vercel, which is loaded with the first call. */
export interface SdkSettings {
  readonly kind: 'openai-compatible' | 'anthropic';
  /** The provider's name for it. */
  readonly model: string;
  /** Absent: the address of `anthropic` itself. */
  readonly url?: string;
  readonly apiKey?: string;
}

export function createSdkProvider(offer: Offer, settings: SdkSettings, clock: Clock): Provider {
  let loading: Promise<Loaded> | undefined;
  return {
    offer,
    call: async (prompt, signal) => {
      loading ??= load(offer.name, settings);
      return called(await loading, prompt, signal, clock);
    },
  };
}

interface Loaded {
  readonly sdk: typeof Sdk;
  readonly model: LanguageModel;
}

async function load(name: string, { kind, model, ...address }: SdkSettings): Promise<Loaded> {
  const sdk = await import('ai');
  // It would print them; nothing but the daemon's own log does.
  globalThis.AI_SDK_LOG_WARNINGS = false;
  if (kind === 'anthropic') {
    const { createAnthropic } = await import('@ai-sdk/anthropic');
    const { url, ...key } = address;
    return {
      sdk,
      model: createAnthropic({ fetch: sdkFetch, ...key, ...(url === undefined ? {} : { baseURL: url }) })(model),
    };
  }
  return { sdk, model: (await openAiClient(name, address))(model) };
}

async function called({ sdk, model }: Loaded, prompt: Prompt, signal: AbortSignal, clock: Clock): Promise<Called> {
  const { system, user, schema, maxOutputTokens } = prompt;
  const stream = sdk.streamText({
    model,
    system,
    prompt: user,
    maxOutputTokens,
    temperature: 0,
    // weir tries again itself, elsewhere, and within its budget.
    maxRetries: 0,
    abortSignal: signal,
    ...(schema === undefined ? {} : { output: sdk.Output.object({ schema }) }),
    // Errors come through the stream as well; without this the SDK prints them.
    onError: () => undefined,
  });
  let text = '';
  const broken = (error: unknown) => {
    // By whoever gave the signal, and no longer listens.
    if (signal.aborted) return failed({ kind: 'timeout', detail: 'it was stopped' });
    return failed({ ...faultOf(error, text !== '', clock.now(), sdk), ...usedBy(prompt, text) });
  };
  try {
    for await (const part of stream.fullStream) {
      if (part.type === 'text-delta') text += part.text;
      if (part.type === 'error') return broken(part.error);
      if (part.type === 'finish') return finished(part, text);
    }
  } catch (error) {
    // The connection was cut, or the answer went past its bound.
    return broken(error);
  }
  return failed({ kind: 'timeout', detail: 'it was stopped' });
}

const brokenOff = { kind: 'half-stream', detail: 'the answer stopped before its end' } as const;

type Finish = Extract<Sdk.TextStreamPart<Sdk.ToolSet>, { type: 'finish' }>;

function finished({ finishReason, rawFinishReason, totalUsage }: Finish, text: string): Called {
  const usage = usageOf(totalUsage);
  const told = usage === undefined ? {} : { usage };
  // Who ends an answer says why it is at its end.
  if (rawFinishReason === undefined) return failed({ ...brokenOff, ...told });
  switch (finishReason) {
    case 'stop':
    case 'other':
      return text === ''
        ? failed({ kind: 'garbage', detail: 'the answer is empty', ...told })
        : { kind: 'answered', text, usage };
    case 'length':
      return failed({ kind: 'too-long', detail: 'the answer was longer than it may be', ...told });
    case 'content-filter':
      return failed({ kind: 'refused', detail: 'the model does not answer this', ...told });
    case 'tool-calls':
    case 'error':
      return failed({ kind: 'garbage', detail: `it ended with ${finishReason}`, ...told });
    default:
      return finishReason satisfies never;
  }
}

function usageOf({ inputTokens, outputTokens }: Sdk.LanguageModelUsage): Usage | undefined {
  return inputTokens === undefined || outputTokens === undefined
    ? undefined
    : { input: inputTokens, output: outputTokens };
}

/** Of an answer that began and did not end: what it took at most so far. */
function usedBy(prompt: Prompt, text: string): Pick<Fault, 'usage'> {
  return text === '' ? {} : { usage: { input: worstTokens(prompt).input, output: Buffer.byteLength(text) } };
}

function failed(fault: Fault): Called {
  return { kind: 'failed', fault };
}

import type { z } from 'zod';
import type { Fault } from './faults.ts';

/**
 * P A model that can be asked, wherever it runs.
 *
 * What may be relied on: `call` asks once and never tries again; who calls decides about that. It answers with what came of it and
 * rejects for mistakes in code alone. It ends soon after the signal is aborted. No fault it tells holds a key, a prompt or
 * a word of the answer.
 */
export interface Provider {
  readonly offer: Offer;
  call(prompt: Prompt, signal: AbortSignal): Promise<Called>;
}

/** What a provider says of itself in the configuration: what it is chosen by. */
export interface Offer {
  /** As in the configuration: `local`, `anthropic`. */
  readonly name: string;
  /** What it is good at, by name, and how good: 0 … 1. */
  readonly capabilities: Readonly<Record<string, number>>;
  /** Tokens of prompt and answer together. */
  readonly contextTokens: number;
  /** US dollars a million tokens. */
  readonly price: { readonly input: number; readonly output: number };
  /** Calls at once. */
  readonly maxConcurrent: number;
  readonly requestsPerMinute: number;
  /** Of prompt and answer together. */
  readonly tokensPerMinute: number;
  /** A call that takes longer counts as failed; ms. */
  readonly timeoutMs: number;
}

export interface Prompt {
  /** What the model is for, and the rules. Ours alone. */
  readonly system: string;
  /** What it is about: data of others, never instructions. */
  readonly user: string;
  /** The answer is to be JSON that fits it; absent: prose. */
  readonly schema?: z.ZodType;
  readonly maxOutputTokens: number;
}

export type Called =
  | { readonly kind: 'answered'; readonly text: string; /** Undefined: not told. */ readonly usage: Usage | undefined }
  | { readonly kind: 'failed'; readonly fault: Fault };

/** Tokens. */
export interface Usage {
  readonly input: number;
  readonly output: number;
}

import { z } from 'zod';
import type { Cost } from '../core/agent.ts';
import type { Purse } from './budget.ts';
import type { Verdicts } from './choose.ts';
import type { Fault } from './faults.ts';
import type { ModelCall, Unanswered } from './happenings.ts';
import type { Prompt, Usage } from './provider.ts';

/** P What is asked of whichever model is chosen. */
export interface Question<T> {
  /** `phrase`, `rank`, `plan`: for metrics. */
  readonly task: string;
  readonly prompt: Prompt;
  /** Capabilities, all of which are needed, and how good at each at least; 0 … 1. */
  readonly needs: readonly string[];
  readonly grade: number;
  /** The validator: what is made of the answer, or why it is of no use. Then the next provider is asked. */
  readonly read: (text: string) => Read<T>;
}

export type Read<T> =
  | { readonly kind: 'read'; readonly value: T }
  | { readonly kind: 'wrong-schema' | 'rejected'; readonly detail: string };

export interface AskOptions {
  readonly signal: AbortSignal;
  /** What this question may cost, beside what all of them may. */
  readonly purse: Purse;
  /** Absent: nothing is known. */
  readonly worth?: Worth;
}

/** What providers are worth for a task by what those who ask have seen of them, by name; higher is better. Another seed may give another. */
export type Worth = (asked: {
  readonly task: string;
  readonly providers: readonly string[];
  readonly seed: number;
}) => ReadonlyMap<string, number>;

export type Answer<T> = {
  /** Who was asked in vain, in order. */
  readonly attempts: readonly { readonly provider: string; readonly fault: Fault }[];
  /** Every call that was made, in order, the last one too. */
  readonly calls: readonly ModelCall[];
  /** Of all attempts; for an answer whose provider did not tell, what was reserved. */
  readonly spent: Cost;
} & (
  | { readonly kind: 'answered'; readonly value: T; readonly provider: string }
  | {
      readonly kind: 'unanswered';
      readonly why: Unanswered;
      /** When asking again may help, ms since 1970; null: not known. */
      readonly retryAt: number | null;
      readonly verdicts: Verdicts;
    }
);

/** Asks one of several models, and the next one where that fails. */
export interface Models {
  ask<T>(question: Question<T>, options: AskOptions): Promise<Answer<T>>;
}

/** What the protocol puts around a prompt: roles, marks. */
const framing = 64;

/** The most tokens it can take: no tokeniser makes more than one of a byte. */
export function worstTokens({ system, user, schema, maxOutputTokens }: Prompt): Usage {
  const schemaBytes = schema === undefined ? 0 : Buffer.byteLength(JSON.stringify(z.toJSONSchema(schema)));
  return {
    input: Buffer.byteLength(system) + Buffer.byteLength(user) + schemaBytes + framing,
    output: maxOutputTokens,
  };
}

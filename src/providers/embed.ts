import { z } from 'zod';
import type { Cost } from '../core/agent.ts';
import { embeddedAtOnceMax, type Embedder } from '../core/embedder.ts';
import { createPurse, together, type Purse } from './budget.ts';
import { recorded } from './happenings.ts';
import type { Models, Question, Read, Worth } from './question.ts';
import { readJson } from './read-json.ts';

export interface EmbedderDeps {
  /** Of embedders alone. */
  readonly models: Models;
  readonly model: string;
  /** What one call may cost at most. */
  readonly cost: Cost;
  /** What an organisation may spend. */
  purseOf(org: string): Purse;
  /** What its runs have taught of providers; absent: nothing. */
  worthOf?(org: string): Worth;
}

/** Vectors from whichever embedder is chosen, and from the next one where that fails. */
export function createEmbedder({ models, model, cost, purseOf, worthOf }: EmbedderDeps): Embedder {
  return {
    model,
    async embed(org, texts, signal, called) {
      if (texts.length > embeddedAtOnceMax) throw new RangeError(`more than ${embeddedAtOnceMax} texts at once`);
      const purse = together([createPurse(cost), purseOf(org)]);
      const answer = await models.ask(questionOf(texts), { signal, purse, ...(worthOf && { worth: worthOf(org) }) });
      called?.(answer.calls.map(recorded));
      if (answer.kind === 'answered') return answer.value;
      const tried = answer.attempts.map(({ provider, fault }) => `${provider}: ${fault.kind}, ${fault.detail}`);
      throw new Error([`no embedder answers: ${answer.why}`, ...tried].join('; '));
    },
  };
}

/** What an embedder is chosen by. */
export const embedding = 'embedding';

const questionOf = (texts: readonly string[]): Question<number[][]> => ({
  task: 'embed',
  prompt: { system: '', user: JSON.stringify(texts), maxOutputTokens: 0 },
  needs: [embedding],
  grade: 0,
  read: (answer) => vectorsIn(answer, texts.length),
});

const vectors = z.array(z.array(z.number()).min(1));

function vectorsIn(answer: string, count: number): Read<number[][]> {
  const read = readJson(answer, vectors);
  if (read.kind !== 'read') return read;
  const lengths = new Set(read.value.map(({ length }) => length));
  if (read.value.length === count && lengths.size <= 1) return read;
  return { kind: 'wrong-schema', detail: `${read.value.length} vectors of ${lengths.size} lengths for ${count} texts` };
}

/** The texts of a prompt for an embedder. */
export const textsIn = (user: string): readonly string[] => z.array(z.string()).parse(JSON.parse(user));

import { embeddedAtOnceMax, type Embedder } from '../core/embedder.ts';
import type { JsonObject } from '../core/json.ts';
import { textAt } from '../core/read.ts';
import type { AgentData } from './agent.ts';
import * as questions from './case-questions.ts';
import type { RunRequest } from './run.ts';
import { fused, termsOf } from './similar.ts';

/** What is sought by, and asked with. */
export interface Seeking {
  readonly data: AgentData;
  readonly request: RunRequest;
  /** In words: the goal, and the titles of the alerts that are open. */
  readonly sought: string;
}

/** Past cases in one ranking, the likest first. */
export interface PastCases {
  readonly rows: readonly JsonObject[];
  /** What they were ranked from. */
  readonly rankings: readonly (readonly JsonObject[])[];
}

const casesMax = 8;

/** Past cases that tell of the like in the same words. */
export async function casesByWords({ data, request, sought }: Seeking): Promise<PastCases> {
  // Letters and figures alone: nothing in them could end a text.
  const terms = `[${termsOf(sought)
    .map((term) => `'${term}'`)
    .join(', ')}]`;
  const [alerts, runs] = questions.inTheSameWords;
  return ranked([
    (await data.ask(alerts, { asOf: request.asOf, terms })).rows,
    (await data.ask(runs, { asOf: request.asOf, run: request.id, terms })).rows,
  ]);
}

/** So long a run waits for the vector of what it seeks, ms. */
const embeddedWithinMs = 2_000;

/** The same together with those that mean the like: reciprocal rank fusion of four rankings. Rejects where the embedder does. */
export async function casesByMeaning(
  { data, request, sought }: Seeking,
  embedder: Embedder,
  byWords: PastCases,
): Promise<PastCases> {
  const texts = [sought.slice(0, questions.caseTextMax)];
  const [vector = []] = await embedder.embed(request.org, texts, AbortSignal.timeout(embeddedWithinMs));
  const near = { asOf: request.asOf, model: embedder.model, vector: vectorText(vector) };
  const [alerts, runs] = questions.ofTheSameMeaning;
  return ranked([
    ...byWords.rankings,
    (await data.ask(alerts, near)).rows,
    (await data.ask(runs, { ...near, run: request.id })).rows,
  ]);
}

function ranked(rankings: readonly (readonly JsonObject[])[]): PastCases {
  const cases = new Map<string, JsonObject>();
  for (const row of rankings.flat()) cases.set(idOf(row), { ...cases.get(idOf(row)), ...row });
  const best = fused(rankings.map((each) => each.map(idOf))).slice(0, casesMax);
  return { rankings, rows: best.map((id) => cases.get(id)).filter((each) => each !== undefined) };
}

const idOf = (one: JsonObject): string => textAt(one, 'id') ?? '';

/** As ClickHouse reads an array. */
const vectorText = (vector: readonly number[]): string => `[${vector.join(',')}]`;

/** Gives vectors to past cases that have none, `embeddedAtOnceMax` at most: rows of `case_vectors`. */
export async function vectorsLacking(
  org: string,
  data: AgentData,
  embedder: Embedder,
  now: number,
  signal: AbortSignal,
): Promise<readonly JsonObject[]> {
  const { model } = embedder;
  const cases = (await data.ask(questions.withoutVector, { model })).rows.slice(0, embeddedAtOnceMax);
  if (cases.length === 0) return [];
  const vectors = await embedder.embed(
    org,
    cases.map((each) => textAt(each, 'text') ?? ''),
    signal,
  );
  return cases.map((each, at) => ({
    org,
    model,
    id: idOf(each),
    vector: [...(vectors[at] ?? [])],
    embeddedAt: new Date(now).toISOString(),
  }));
}

import { embeddedAtOnceMax, type Embedder } from '../core/embedder.ts';
import { idOf as hashOf } from '../core/ids.ts';
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

/** What an embedder was asked for a run, and what came of it: the vector itself would be most of the context. */
export interface Embedded {
  readonly model: string;
  readonly text: string;
  /** Of the vector's text as ClickHouse was given it; null where there was none. */
  readonly vectorHash: string | null;
  readonly calls: readonly JsonObject[];
}

/** The same together with those that mean the like: reciprocal rank fusion of four rankings. Rejects where the embedder does; `asked` is told either way. */
export async function casesByMeaning(
  { data, request, sought }: Seeking,
  embedder: Embedder,
  byWords: PastCases,
  asked: (embedded: Embedded) => void,
): Promise<PastCases> {
  const { model } = embedder;
  const text = sought.slice(0, questions.caseTextMax);
  let embedded: Embedded = { model, text, vectorHash: null, calls: [] };
  asked(embedded);
  const called = (calls: readonly JsonObject[]) => asked((embedded = { ...embedded, calls }));
  const [of = []] = await embedder.embed(request.org, [text], AbortSignal.timeout(embeddedWithinMs), called);
  const vector = vectorText(of);
  asked({ ...embedded, vectorHash: hashOf(vector) });
  const near = { asOf: request.asOf, model, vector };
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

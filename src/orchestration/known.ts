import type { Embedder } from '../core/embedder.ts';
import { isWeirError, messageOf } from '../core/errors.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { jsonAt, textAt } from '../core/read.ts';
import { createTurns } from '../core/turns.ts';
import type { AgentData } from './agent.ts';
import * as questions from './context-questions.ts';
import { casesByMeaning, casesByWords, type Embedded } from './past-cases.ts';
import type { RunRequest } from './run.ts';

export interface KnowingDeps {
  /** The organisation's data. */
  data(org: string): AgentData;
  /** Where there is none, the like is sought by words alone. */
  readonly embedder?: Embedder | undefined;
  /** So long a run waits for all of it, ms; then it goes on without. Default 5 s. */
  readonly withinMs?: number;
}

/** What is left of a part's rows as JSON, and of all parts together: each step's task carries it. */
export const partBytesMax = 6 * 1024;
export const knownBytesMax = 32 * 1024;
/** Runs that ask at once: a run asks one question after the other. */
const askingAtOnce = 2;

type Part = readonly [name: string, question: string, needsEntity: boolean];

const parts: readonly Part[] = [
  ['alerts', questions.alerts, false],
  ['timeline', questions.timeline, true],
  ['scores', questions.scores, true],
  ['baselines', questions.baselines, true],
  ['peers', questions.peers, true],
];

/**
 * Gathers what a run's agents get to see, as of the run's time: what set it off, and what is known of whom it is about: `timeline`, `scores`,
 * `alerts`, `baselines`, `peers`, and `similar` past cases with how they ended, found by what `similarBy` says; `embedded` says what an embedder was asked for it. What could not be had is in `missing`,
 * what was left out for its size in `cut`. Resolves within `withinMs`, whatever ClickHouse does; rejects never.
 */
export function createKnowing({
  data,
  embedder,
  withinMs = 5_000,
}: KnowingDeps): (request: RunRequest) => Promise<JsonObject> {
  const turn = createTurns(askingAtOnce);

  return async (request) => {
    const gathering: Gathering = {
      rows: new Map(),
      missing: new Map(),
      similarBy: [],
      embedded: undefined,
      over: false,
    };
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, withinMs);
    });
    await Promise.race([turn(() => askAll(gathering, request, data(request.org), embedder)), tooLate]);
    clearTimeout(timer);
    gathering.over = true;
    const late = `no answer within ${withinMs} ms`;
    if (embedder && !gathering.similarBy.includes('meaning') && gathering.rows.has('similar'))
      gathering.missing.set('meaning', gathering.missing.get('meaning') ?? late);
    return contextFrom(request, gathering, late);
  };
}

interface Gathering {
  readonly rows: Map<string, readonly JsonObject[]>;
  /** Why, by part. */
  readonly missing: Map<string, string>;
  /** By what past cases were ranked, so far. */
  similarBy: readonly ('words' | 'meaning')[];
  /** What an embedder was asked; undefined while none was. */
  embedded: Embedded | undefined;
  /** Nobody waits for it any more. */
  over: boolean;
}

/** Handles its own failures. A question that nobody waits for any more is the last. */
async function askAll(
  gathering: Gathering,
  request: RunRequest,
  data: AgentData,
  embedder: Embedder | undefined,
): Promise<void> {
  const { rows, missing } = gathering;
  for (const [name, question] of partsOf(request)) {
    if (gathering.over) return;
    try {
      rows.set(name, await rowsOf(data, question, request));
    } catch (error) {
      missing.set(name, messageOf(error));
      if (!isWeirError(error, 'store-unavailable')) continue;
      // It is away: the others would only wait for the same.
      for (const [other] of [...partsOf(request), ['similar']])
        if (!rows.has(other)) missing.set(other, messageOf(error));
      return;
    }
  }
  if (gathering.over) return;
  await askSimilar(gathering, request, data, embedder);
}

const partsOf = ({ entity }: RunRequest): readonly Part[] =>
  parts.filter(([, , needsEntity]) => !needsEntity || entity !== null);

async function rowsOf(data: AgentData, question: string, { asOf, entity }: RunRequest) {
  const all = { asOf, entity: entity ?? '' };
  const params = Object.fromEntries(Object.entries(all).filter(([name]) => question.includes(`{${name}:`)));
  return (await data.ask(question, params)).rows;
}

/** Past cases like this one: by words, and where there is an embedder, by meaning, too. */
async function askSimilar(
  gathering: Gathering,
  request: RunRequest,
  data: AgentData,
  embedder: Embedder | undefined,
): Promise<void> {
  const { rows, missing } = gathering;
  const { kind, goal, entity } = request;
  const alerts = rows.get('alerts') ?? [];
  const sought = [goal, kind, entity ?? '', ...alerts.map((alert) => textAt(alert, 'title') ?? '')].join(' ');
  const seeking = { data, request, sought };
  let part: 'similar' | 'meaning' = 'similar';
  try {
    const byWords = await casesByWords(seeking);
    if (gathering.over) return;
    rows.set('similar', byWords.rows);
    gathering.similarBy = ['words'];
    if (!embedder) return;
    part = 'meaning';
    const byBoth = await casesByMeaning(seeking, embedder, byWords, (asked) => {
      if (!gathering.over) gathering.embedded = asked;
    });
    if (gathering.over) return;
    rows.set('similar', byBoth.rows);
    gathering.similarBy = ['words', 'meaning'];
  } catch (error) {
    if (!gathering.over) missing.set(part, messageOf(error));
  }
}

function contextFrom(request: RunRequest, { rows, missing, similarBy, embedded }: Gathering, late: string): JsonObject {
  const known: Record<string, Json> = {};
  const lacking: Record<string, Json> = {};
  const cut: Record<string, Json> = {};
  let left = knownBytesMax;
  for (const name of [...partsOf(request).map(([name]) => name), 'similar']) {
    const all = rows.get(name);
    if (!all) lacking[name] = missing.get(name) ?? late;
    else if (Object.hasOwn(request.context, name)) lacking[name] = 'what set the run off has one of its own';
    else {
      const kept = fitting(all, Math.min(left, partBytesMax));
      known[name] = kept.rows;
      left -= kept.bytes;
      if (kept.rows.length < all.length) cut[name] = all.length - kept.rows.length;
    }
  }
  const meaning = missing.get('meaning');
  if (meaning !== undefined) lacking['meaning'] = meaning;
  return {
    ...known,
    ...(known['similar'] !== undefined && { similarBy: [...similarBy] }),
    ...(embedded && { embedded: { ...embedded, calls: [...embedded.calls] } }),
    ...(Object.keys(lacking).length > 0 && { missing: lacking }),
    ...(Object.keys(cut).length > 0 && { cut }),
    ...request.context,
  };
}

/** The first rows, as many as have room. */
function fitting(
  rows: readonly JsonObject[],
  bytesMax: number,
): { readonly rows: JsonObject[]; readonly bytes: number } {
  const kept: JsonObject[] = [];
  let bytes = 0;
  for (const row of rows) {
    const more = Buffer.byteLength(JSON.stringify(row)) + 1;
    if (bytes + more > bytesMax) break;
    kept.push(row);
    bytes += more;
  }
  return { rows: kept, bytes };
}

/** What a context lacks, in a sentence; null where it has all. */
export function lackingIn(context: JsonObject): string | null {
  const missing = jsonAt(context, 'missing');
  if (typeof missing !== 'object' || missing === null) return null;
  return Object.entries(missing)
    .map(([name, why]) => `${name}: ${typeof why === 'string' ? why : 'unknown'}`)
    .join('; ');
}

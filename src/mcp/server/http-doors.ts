import { sessionEventsSchema } from '../../../schemas/run.ts';
import { messageOf } from '../../core/errors.ts';
import type { Json } from '../../core/json.ts';
import { DoorRefused, type McpDoors, type RunDoors } from './doors.ts';

/** One request to the daemon's HTTP, under somebody's token. Rejects with a `DoorRefused` where nobody answers. */
export type Knock = (request: {
  readonly method: 'GET' | 'POST';
  /** With its query. */
  readonly path: string;
  readonly body?: string;
  readonly type?: string;
  readonly accept?: string;
}) => Promise<{ readonly status: number; readonly type: string; readonly body: string }>;

export interface HttpDoorsDeps {
  readonly knock: Knock;
  /** With an operator's token: the organisation asked about. */
  readonly org?: string | undefined;
}

type Query = Readonly<Record<string, string | number | readonly string[] | undefined>>;

interface Asked {
  readonly query?: Query;
  readonly body?: string;
  readonly type?: string;
  readonly accept?: string;
}

/** Asks at an address; the text of the answer. */
type Ask = (method: 'GET' | 'POST', path: string, asked?: Asked) => Promise<string>;

export function createHttpDoors({ knock, org }: HttpDoorsDeps): McpDoors {
  const text: Ask = async (method, path, { query = {}, ...more } = {}) => {
    const given = Object.entries({ org, ...query }).flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name, [value].flat().join(',')]],
    );
    const search = new URLSearchParams(given).toString();
    const answer = await knock({ method, path: search === '' ? path : `${path}?${search}`, ...more });
    if (answer.status >= 200 && answer.status < 300) return answer.body;
    throw new DoorRefused(answer.status, refusalIn(answer));
  };

  const json = async (path: string, query: Query = {}): Promise<Json> => {
    const found: Json = JSON.parse(await text('GET', path, { query }));
    return found;
  };

  const say = async (path: string, said: object): Promise<Json> => {
    const found: Json = JSON.parse(await text('POST', path, { body: JSON.stringify(said), type: 'application/json' }));
    return found;
  };

  return {
    alerts: (asked) => json('/alerts', { ...asked }),
    alert: (id) => json(`/alerts/${idIn(id)}`),
    act: (id, verb, seen) => say(`/alerts/${idIn(id)}/${verb}`, seen),
    scores: (asked) => json('/scores', { ...asked }),
    score: (id) => json(`/scores/${idIn(id)}`),
    difference: (id, from) => json(`/scores/${idIn(id)}/difference`, { from }),
    query: (sql, params) => {
      const named = Object.fromEntries(Object.entries(params).map(([name, value]) => [`param_${name}`, value]));
      return text('POST', '/query', {
        query: { default_format: 'JSONEachRow', ...named },
        body: sql,
        type: 'text/plain',
      });
    },
    runs: runDoors({ text, json, say }),
  };
}

const idIn = encodeURIComponent;
const orchestration = '/api/v1/orchestration';
const sessions = `${orchestration}/sessions`;

interface Answers {
  readonly text: Ask;
  /** Of a `GET`. */
  readonly json: (path: string, query?: Query) => Promise<Json>;
  /** Of a `POST`. */
  readonly say: (path: string, said: object) => Promise<Json>;
}

function runDoors({ text, json, say }: Answers): RunDoors {
  return {
    start: (wanted) => say(sessions, wanted),
    list: (asked) => json(sessions, { ...asked }),
    get: (id) => json(`${sessions}/${idIn(id)}`),
    async events(id, asked) {
      const page = await text('GET', `${sessions}/${idIn(id)}/events`, {
        query: { ...asked },
        accept: 'application/json',
      });
      return sessionEventsSchema.parse(JSON.parse(page));
    },
    approve: (id, { verdict, ...answer }) =>
      say(`${sessions}/${idIn(id)}/approve`, { ...answer, decision: verdict === 'approve' ? 'grant' : 'deny' }),
    answer: (id, answer) => say(`${sessions}/${idIn(id)}/answer`, answer),
    tell: (session, message) => say(`${orchestration}/communicate`, { ...message, session }),
    replay: (id) => say(`${sessions}/${idIn(id)}/replay`, {}),
    cancel: (id, why) => say(`${sessions}/${idIn(id)}/cancel`, { why }),
  };
}

const refusalMax = 2_000;

/** A problem document's title and detail, or what ClickHouse says. */
function refusalIn({ status, type, body }: { readonly status: number; readonly type: string; readonly body: string }) {
  if (!type.startsWith('application/problem+json')) return body.trim().slice(0, refusalMax) || `HTTP ${status}`;
  const problem: { title?: unknown; detail?: unknown } = JSON.parse(body);
  return `${String(problem.title)}. ${String(problem.detail)}`.slice(0, refusalMax);
}

export interface FetchKnockDeps {
  readonly address: URL;
  /** The `Authorization` header of whoever asks; undefined: none. */
  readonly authorization?: string | undefined;
  readonly signal: AbortSignal;
  /** Largest answer that is read, bytes. */
  readonly answerMax: number;
}

const answerWithinMs = 60_000;

/** Knocks at a daemon over the network. */
export function fetchKnock({ address, authorization, signal, answerMax }: FetchKnockDeps): Knock {
  return async ({ method, path, body, ...more }) => {
    const headers = headersOf(authorization, more);
    const within = AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)]);
    try {
      const url = new URL(path, address);
      const answer = await fetch(url, { method, headers, signal: within, ...(body !== undefined && { body }) });
      const read = await readAtMost(answer, answerMax);
      return { status: answer.status, type: answer.headers.get('content-type') ?? '', body: read };
    } catch (error) {
      if (error instanceof DoorRefused) throw error;
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
      throw new DoorRefused(0, `No daemon answers at ${address.origin} (${messageOf(cause)}).`, { cause: error });
    }
  };
}

/** Of a knock: whose it is, and what is sent and wanted. */
export function headersOf(
  authorization: string | undefined,
  { type, accept }: Pick<Parameters<Knock>[0], 'type' | 'accept'>,
): Record<string, string> {
  return {
    ...(authorization !== undefined && { authorization }),
    ...(type !== undefined && { 'content-type': type }),
    ...(accept !== undefined && { accept }),
  };
}

async function readAtMost(answer: Response, most: number): Promise<string> {
  const decoder = new TextDecoder();
  let [text, bytes] = ['', 0];
  // Leaving the loop early cancels what is still to come.
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > most) throw tooLarge(most);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

export function tooLarge(most: number): DoorRefused {
  return new DoorRefused(
    413,
    `The answer is larger than ${most} bytes. Ask for less: a limit, a narrower filter, fewer columns.`,
  );
}

import { messageOf } from '../core/errors.ts';
import { addressOf, CommandFailed, Refused, type Context, type RemoteOptions } from './context.ts';

/** Speaks to a running daemon. Whatever it refuses becomes a `CommandFailed` that says why. */
export interface Client {
  readonly address: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** `body` is JSON. */
  json(method: 'GET' | 'POST', path: string, query?: Query, body?: string): Promise<unknown>;
  /** A `GET` that goes on: what it says as it comes. */
  follow(path: string, query?: Query): Promise<AsyncIterable<Uint8Array>>;
  /** The answer as it comes, for what may be long. */
  stream(path: string, query: Query, body: string): Promise<AsyncIterable<Uint8Array>>;
}

export type Query = Readonly<Record<string, string | undefined>>;

export function createClient(context: Context, options: RemoteOptions): Client {
  const address = addressOf(context, options);
  const token = context.env['WEIR_TOKEN'];
  const headers = token ? { authorization: `Bearer ${token}` } : {};

  const ask = async (method: string, path: string, query: Query, body?: string, type?: string): Promise<Response> => {
    const url = new URL(path, address);
    for (const [name, value] of Object.entries({ org: options.org, ...query })) {
      if (value !== undefined) url.searchParams.set(name, value);
    }
    const typed = type === undefined || body === undefined ? headers : { ...headers, 'content-type': type };
    const request = { method, headers: typed, signal: context.stopped, ...(body !== undefined && { body }) };
    const answer = await fetch(url, request).catch((error: unknown) => unreachable(address, error));
    if (!answer.ok) throw new Refused(await refusalOf(answer), answer.status);
    return answer;
  };

  return {
    address,
    headers,
    json: async (method, path, query = {}, body?: string) => {
      const answer = await ask(method, path, query, body, 'application/json');
      return answer.json().catch((error: unknown) => {
        if (!(error instanceof SyntaxError)) throw error;
        throw new CommandFailed(`${foreign(address)}: it is not JSON.`, { cause: error });
      });
    },
    follow: async (path, query = {}) => {
      const answer = await ask('GET', path, query);
      const type = answer.headers.get('content-type') ?? '';
      if (!type.startsWith('text/event-stream')) {
        await answer.body?.cancel();
        throw new Refused(`${foreign(address)}: it is no stream of events.`, 404);
      }
      return answer.body ?? new ReadableStream();
    },
    stream: async (path, query, body) => (await ask('POST', path, query, body)).body ?? new ReadableStream(),
  };
}

/** Of an answer that weir would not give. */
export const foreign = (address: URL): string =>
  `What answers at ${address.origin} is not weir, or another version of it`;

function unreachable(address: URL, error: unknown): never {
  const cause = error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);
  throw new CommandFailed(`No daemon answers at ${address.origin} (${cause}). Start one with: weir start`, {
    cause: error,
  });
}

/** Behind whatever is refused for its token. */
export const tokenHint = ' (the token is taken from WEIR_TOKEN)';

/** A problem document's detail, or what ClickHouse says. */
async function refusalOf(answer: Response): Promise<string> {
  const text = await answer.text();
  const type = answer.headers.get('content-type') ?? '';
  const hint = answer.status === 401 ? tokenHint : '';
  if (!type.startsWith('application/problem+json')) return `${text.trim() || `HTTP ${answer.status}`}${hint}`;
  const problem: { title?: unknown; detail?: unknown } = JSON.parse(text);
  return `${String(problem.title)}. ${String(problem.detail)}${hint}`;
}

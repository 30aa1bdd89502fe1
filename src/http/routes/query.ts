import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { orgFor, type Authenticator } from '../../auth/identity.ts';
import type { AuditRecord } from '../../core/audit.ts';
import { isWeirError, type ErrorCode, type WeirError } from '../../core/errors.ts';
import type { Answer, Asking, QueryParams, Question } from '../../store/store.ts';
import { helloStatement, nativeHello } from '../native-hello.ts';

export interface QueryRouteDeps {
  readonly asking: Asking;
  readonly authenticator: Authenticator;
  readonly orgs: readonly string[];
  /** Told of each question that was put to the store. `code`: ClickHouse's number of why there is no answer; empty where there is one. */
  asked?(question: Asked): void;
}

interface Asked extends Pick<AuditRecord, 'org' | 'by' | 'outcome' | 'code'> {
  readonly sql: string;
}

/**
 * `POST|GET /query`: the ClickHouse HTTP interface, for reading. The statement is `?query=`, the body, or both, one after the
 * other; the password is the organisation's token, as `Authorization`, `X-ClickHouse-Key` or `?password=`. Whatever goes wrong is
 * answered as ClickHouse would. `GET /query/ping` is for those who ask whether there is a server.
 */
export function queryRoutes(deps: QueryRouteDeps): FastifyPluginAsync {
  return async (server) => {
    server.removeAllContentTypeParsers();
    // A statement is text whatever its sender calls it.
    server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
    server.get('/query/ping', { schema: ping }, async (_request, reply) => reply.type(plainText).send('Ok.\n'));
    const handler = (request: FastifyRequest, reply: FastifyReply) => handle(deps, request, reply);
    server.get('/query', { schema }, handler);
    server.post('/query', { schema: { ...schema, body: statement } }, handler);
  };
}

const plainText = 'text/plain; charset=UTF-8';

async function handle(deps: QueryRouteDeps, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const began = performance.now();
  const asked = parametersOf(request);
  const answer = await inItsForm(() => answered(deps, request, asked));
  reply.headers({
    'X-ClickHouse-Query-Id': asked['query_id'] ?? request.id,
    'X-ClickHouse-Server-Display-Name': 'weir',
    'X-ClickHouse-Timezone': 'UTC',
  });
  if (answer.kind === 'refused') return refuse(reply, answer);
  const elapsedNs = Math.round((performance.now() - began) * 1e6);
  return reply
    .headers({
      'X-ClickHouse-Format': answer.format,
      'X-ClickHouse-Summary': summaryOf(answer.body.byteLength, elapsedNs),
    })
    .type(answer.mediaType)
    .send(answer.body);
}

async function answered(deps: QueryRouteDeps, request: FastifyRequest, asked: Parameters): Promise<Refusable> {
  const { org, by } = await whoAsks(deps, request, asked);
  const database = asked['database'] ?? headerOf(request, 'x-clickhouse-database');
  if (database !== undefined && database !== 'weir' && database !== 'default') {
    return { kind: 'refused', code: 81, type: 'UNKNOWN_DATABASE', message: 'There is one database: weir.' };
  }
  const sql = [asked['query'], typeof request.body === 'string' ? request.body : undefined].filter(Boolean).join('\n');
  if (sql === '') return { kind: 'refused', code: 62, type: 'SYNTAX_ERROR', message: 'Empty query' };
  const format = asked['default_format'] ?? headerOf(request, 'x-clickhouse-format') ?? 'TabSeparated';
  const question = { org, sql, format, params: paramsOf(asked), settings: settingsOf(asked) };
  if (asked['client_protocol_version'] !== undefined && sql === helloStatement && format === 'Native')
    return hello(deps.asking, question);
  const answer = await inItsForm(() => deps.asking.ask(question));
  deps.asked?.({ org, by, sql, ...outcomeOf(answer) });
  return answer;
}

function outcomeOf(answer: Refusable): Pick<AuditRecord, 'outcome' | 'code'> {
  if (answer.kind !== 'refused') return { outcome: 'done', code: '' };
  return { outcome: (answer.error?.status ?? 400) < 500 ? 'refused' : 'failed', code: String(answer.code) };
}

/** What fails with one of our errors, refused as ClickHouse would. */
async function inItsForm(answer: () => Promise<Refusable>): Promise<Refusable> {
  try {
    return await answer();
  } catch (error) {
    const [code, type] = (isWeirError(error) && inClickHouse[error.code]) || [];
    if (!isWeirError(error) || code === undefined || type === undefined) throw error;
    return { kind: 'refused', code, type, message: error.message, error };
  }
}

async function hello(asking: Asking, question: Question): Promise<Answer> {
  const answer = await asking.ask({ ...question, sql: 'SELECT version()', format: 'TSVRaw' });
  if (answer.kind === 'refused') return answer;
  const body = nativeHello(answer.body.toString().trim());
  return { kind: 'answered', body, format: 'Native', mediaType: 'application/octet-stream' };
}

type Refusable =
  | Exclude<Answer, { kind: 'refused' }>
  | (Extract<Answer, { kind: 'refused' }> & { readonly error?: WeirError });

/** Our errors in ClickHouse's numbers and words. */
const inClickHouse: Partial<Record<ErrorCode, readonly [number, string]>> = {
  'token-missing': [516, 'AUTHENTICATION_FAILED'],
  'token-wrong': [516, 'AUTHENTICATION_FAILED'],
  'not-allowed': [497, 'ACCESS_DENIED'],
  'request-malformed': [36, 'BAD_ARGUMENTS'],
  // An organisation is what a database is elsewhere: whose tables they are.
  'not-found': [81, 'UNKNOWN_DATABASE'],
  'too-many': [202, 'TOO_MANY_SIMULTANEOUS_QUERIES'],
  'store-unavailable': [210, 'NETWORK_ERROR'],
};

/** The token in any of the places ClickHouse's clients put a password. A user's name that is an organisation's names it. */
async function whoAsks(
  { authenticator, orgs }: QueryRouteDeps,
  request: FastifyRequest,
  asked: Parameters,
): Promise<{ readonly org: string; readonly by: string }> {
  const { authorization } = request.headers;
  const key = headerOf(request, 'x-clickhouse-key') ?? asked['password'];
  const identity = await authenticator.identify(authorization ?? (key === undefined ? undefined : `Bearer ${key}`));
  const user = headerOf(request, 'x-clickhouse-user') ?? asked['user'] ?? userOf(authorization);
  const org = orgFor(identity, 'read', asked['org'] ?? orgs.find((name) => name === user), orgs);
  return { org, by: identity.subject };
}

function userOf(authorization: string | undefined): string | undefined {
  const credentials = /^basic +(\S+)$/i.exec(authorization ?? '')?.[1];
  return credentials === undefined ? undefined : Buffer.from(credentials, 'base64').toString().split(':', 1)[0];
}

function refuse(reply: FastifyReply, refusal: Extract<Refusable, { kind: 'refused' }>): FastifyReply {
  const { code, type, message, error } = refusal;
  if (error?.retryAfterS !== undefined) reply.header('Retry-After', String(error.retryAfterS));
  if (error?.status === 401) reply.header('WWW-Authenticate', 'Basic realm="weir"');
  return reply
    .code(statuses.get(code) ?? error?.status ?? 400)
    .header('X-ClickHouse-Exception-Code', String(code))
    .type(plainText)
    .send(`Code: ${code}. DB::Exception: ${message} (${type})\n`);
}

/** HTTP statuses by ClickHouse's numbers, where it is not 400. */
const statuses: ReadonlyMap<number, number> = new Map([
  [46, 404], // UNKNOWN_FUNCTION
  [47, 404], // UNKNOWN_IDENTIFIER
  [60, 404], // UNKNOWN_TABLE
  [73, 404], // UNKNOWN_FORMAT
  [81, 404], // UNKNOWN_DATABASE
  [115, 404], // UNKNOWN_SETTING
  [159, 408], // TIMEOUT_EXCEEDED
  [164, 403], // READONLY
  [202, 503], // TOO_MANY_SIMULTANEOUS_QUERIES
  [497, 403], // ACCESS_DENIED
]);

type Parameters = Readonly<Record<string, string>>;

/** Of a parameter given twice the last counts, as with ClickHouse. */
function parametersOf({ query }: FastifyRequest): Parameters {
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries(query ?? {})) {
    const last: unknown = Array.isArray(value) ? value.at(-1) : value;
    if (typeof last === 'string') given[name] = last;
  }
  return given;
}

const parameterPrefix = 'param_';

/** Values of the statement's parameters, in the text form they are sent in. */
function paramsOf(asked: Parameters): QueryParams {
  const named = Object.entries(asked).filter(([name]) => name.startsWith(parameterPrefix));
  return Object.fromEntries(named.map(([name, value]) => [name.slice(parameterPrefix.length), value]));
}

/** Parameters with a meaning of their own; all others are settings. */
const ours: ReadonlySet<string> = new Set([
  'query',
  'database',
  'default_format',
  'user',
  'password',
  'org',
  'query_id',
]);

function settingsOf(asked: Parameters): Parameters {
  return Object.fromEntries(
    Object.entries(asked).filter(([name]) => !ours.has(name) && !name.startsWith(parameterPrefix)),
  );
}

function headerOf({ headers }: FastifyRequest, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function summaryOf(bytes: number, elapsedNs: number): string {
  return JSON.stringify({ result_bytes: String(bytes), elapsed_ns: String(elapsedNs) });
}

const schema = {
  tags: ['query'],
  summary: 'ClickHouse SQL over HTTP, for reading',
  description:
    'Speaks the ClickHouse HTTP interface: the statement in `query` or the body, answered in the format it names.',
  querystring: {
    type: 'object',
    properties: {
      query: { type: 'string', description: 'The statement' },
      default_format: { type: 'string', description: 'Format of the answer, unless the statement names one' },
      org: { type: 'string', description: 'The organisation, with an operator’s token' },
    },
  },
  response: {
    200: {
      description: 'The answer, in the format asked for',
      content: { '*/*': { schema: { type: 'string' } } },
    },
    default: {
      description: 'What is wrong, in ClickHouse’s form, with its number in `X-ClickHouse-Exception-Code`',
      content: { 'text/plain': { schema: { type: 'string' } } },
    },
  },
};

const ping = {
  tags: ['query'],
  summary: 'Whether there is a server, as ClickHouse’s clients ask',
  security: [],
  response: { 200: { description: '`Ok.`', content: { 'text/plain': { schema: { type: 'string' } } } } },
};

const statement = {
  content: {
    'text/plain': { schema: { type: 'string', examples: ['SELECT severity, count() FROM alerts GROUP BY severity'] } },
  },
};

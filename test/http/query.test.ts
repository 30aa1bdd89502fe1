import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthenticator } from '../../src/auth/tokens.ts';
import { WeirError } from '../../src/core/errors.ts';
import { queryRoutes } from '../../src/http/routes/query.ts';
import { createAsking } from '../../src/store/query/ask.ts';
import { anEvent, openTestStore, testLimits } from '../support/store.ts';

const tokens = {
  acme: 'acme-token-0123456789',
  globex: 'globex-token-012345678',
  all: 'operator-token-01234567',
  push: 'push-only-token-012345',
};

/** As whoever listens is told of them. */
const asked: object[] = [];

let server: FastifyInstance;
let url: string;
let close: () => Promise<void>;

beforeAll(async () => {
  const opened = await openTestStore();
  const { store } = opened;
  const events = ['acme', 'acme', 'globex'].map((org, index) => ({
    ...anEvent({ id: `e${index}`, org }),
    storedAt: 1,
  }));
  await store.insert('events', Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join('')));
  const token = (org: keyof typeof tokens, of: string, rights: ('push' | 'read' | 'act')[] = ['read']) => ({
    token: tokens[org],
    subject: org,
    org: of,
    roles: [],
    rights,
  });
  const authenticator = createAuthenticator({
    auth: {
      tokens: [token('acme', 'acme'), token('globex', 'globex'), token('all', '*'), token('push', 'acme', ['push'])],
    },
    clock: { now: () => Date.now() },
  });
  server = Fastify();
  await server.register(
    queryRoutes({
      asking: createAsking({ store, limits: testLimits }),
      authenticator,
      orgs: ['acme', 'globex'],
      asked: (question) => void asked.push(question),
    }),
  );
  url = await server.listen({ port: 0, host: '127.0.0.1' });
  close = async () => {
    await server.close();
    await opened.close();
  };
});
afterAll(() => close());

const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
const get = (query: string, headers: Record<string, string> = { 'x-clickhouse-key': tokens.acme }) =>
  fetch(`${url}/query?${query}`, { headers });

describe('@clickhouse/client', () => {
  const clientOf = (password: string, username = 'anybody') =>
    createClient({
      url,
      pathname: '/query',
      username,
      password,
      database: 'weir',
      log: { level: ClickHouseLogLevel.OFF },
    });

  it('pings, asks with parameters and settings, and reads rows', async () => {
    const client = clientOf(tokens.acme);
    expect(await client.ping()).toMatchObject({ success: true });
    expect(await client.ping({ select: true })).toMatchObject({ success: true });
    const result = await client.query({
      query: 'SELECT id, {word:String} AS word, {list:Array(String)} AS list FROM events WHERE id = {id:String}',
      query_params: { id: 'e1', word: 'it\'s\ta "word" \\', list: ["a'b", 'c\\d'] },
      format: 'JSONEachRow',
      clickhouse_settings: { max_execution_time: 5, output_format_json_quote_64bit_integers: 1 },
    });
    expect(await result.json()).toEqual([{ id: 'e1', word: 'it\'s\ta "word" \\', list: ["a'b", 'c\\d'] }]);
    await client.close();
  });

  it('sees the rows of its token’s organisation; an operator names one as the user', async () => {
    const count = async (password: string, username?: string) => {
      const client = clientOf(password, username);
      const result = await client.query({
        query: 'SELECT count()::UInt32 AS events FROM events',
        format: 'JSONEachRow',
      });
      const json = await result.json();
      await client.close();
      return json;
    };
    expect(await count(tokens.acme)).toEqual([{ events: 2 }]);
    expect(await count(tokens.globex)).toEqual([{ events: 1 }]);
    expect(await count(tokens.all, 'globex')).toEqual([{ events: 1 }]);
  });

  it('reads ClickHouse’s errors as it does a server’s', async () => {
    const client = clientOf(tokens.acme);
    const fails = (query: string) => client.query({ query, format: 'JSON' });
    await expect(fails('SELEC 1')).rejects.toMatchObject({ code: '62', type: 'SYNTAX_ERROR' });
    await expect(fails('SELECT nothing FROM events')).rejects.toMatchObject({ code: '47', type: 'UNKNOWN_IDENTIFIER' });
    await expect(fails("SELECT file('/etc/passwd')")).rejects.toMatchObject({ code: '497', type: 'ACCESS_DENIED' });
    await expect(
      client.insert({ table: 'events', values: [{ id: 'x' }], format: 'JSONEachRow' }),
    ).rejects.toMatchObject({ code: '164' });
    await expect(clientOf('wrong-token-0123456').query({ query: 'SELECT 1' })).rejects.toMatchObject({ code: '516' });
    await client.close();
  });
});

describe('/query', () => {
  it.each([
    ['Bearer', { authorization: `Bearer ${tokens.acme}` }, ''],
    ['Basic', { authorization: basic('default', tokens.acme) }, ''],
    ['X-ClickHouse-Key', { 'x-clickhouse-user': 'default', 'x-clickhouse-key': tokens.acme }, ''],
    ['?password=', {}, `&user=default&password=${tokens.acme}`],
  ])('takes the token as %s', async (_, headers, more) => {
    const answer = await get(`query=SELECT%20count()%20FROM%20events${more}`, headers);
    expect([answer.status, await answer.text()]).toEqual([200, '2\n']);
  });

  it('takes the statement from the address, the body or both, and says what format it answers in', async () => {
    const post = (query: string, body: string) =>
      fetch(`${url}/query?${query}`, {
        method: 'POST',
        body,
        headers: { authorization: `Bearer ${tokens.acme}`, 'content-type': 'application/x-www-form-urlencoded' },
      });
    expect(await (await post('', 'SELECT 1')).text()).toBe('1\n');
    expect(await (await post('query=SELECT%201%20AS%20a', 'FORMAT JSONEachRow')).text()).toBe('{"a":1}\n');
    const answer = await post('default_format=JSONCompact', 'SELECT 1 AS a');
    expect(await answer.json()).toMatchObject({ data: [[1]] });
    expect(answer.headers.get('content-type')).toBe('application/json; charset=UTF-8');
    expect(answer.headers.get('x-clickhouse-format')).toBe('JSONCompact');
    expect(answer.headers.get('x-clickhouse-timezone')).toBe('UTC');
    expect(JSON.parse(answer.headers.get('x-clickhouse-summary') ?? '')).toMatchObject({
      elapsed_ns: expect.any(String),
    });
  });

  it('tells whoever listens what was asked, by whom, and the number it was refused by; not who may not ask', async () => {
    asked.splice(0);
    await get('query=SELECT%201');
    await get('query=SELECT%20nothing');
    await get('query=SELECT%201', { 'x-clickhouse-key': tokens.push });
    expect(asked).toEqual([
      { org: 'acme', by: 'acme', sql: 'SELECT 1', outcome: 'done', code: '' },
      { org: 'acme', by: 'acme', sql: 'SELECT nothing', outcome: 'refused', code: '47' },
    ]);
  });

  it.each([
    ['store-unavailable', 503, { outcome: 'failed', code: '210' }],
    ['too-many', 503, { outcome: 'refused', code: '202' }],
  ] as const)('tells of a question that came to %s, too', async (code, status, told) => {
    const heard: object[] = [];
    const one = Fastify();
    const ask = () => Promise.reject(new WeirError(code, 'not now'));
    const authenticator = createAuthenticator({ auth: { tokens: [] }, clock: { now: () => 0 } });
    await one.register(
      queryRoutes({
        asking: { ask, running: () => 0 },
        authenticator,
        orgs: ['acme'],
        asked: (question) => void heard.push(question),
      }),
    );
    expect((await one.inject('/query?query=SELECT%201')).statusCode).toBe(status);
    expect(heard).toMatchObject([{ org: 'acme', sql: 'SELECT 1', ...told }]);
    await one.close();
  });

  it('greets ClickHouse’s Go client, and so Grafana’s plugin, in the revision it reads first', async () => {
    const hello = 'SELECT displayName(), version(), revision(), timezone()';
    const answer = await get(`query=${encodeURIComponent(hello)}&default_format=Native&client_protocol_version=54460`);
    const bytes = Buffer.from(await answer.arrayBuffer());
    expect(bytes.subarray(0, 10).toString('hex')).toBe('010002ffffffff000401');
    expect(bytes.toString('latin1')).toContain('\rdisplayName()\x06String\0\x04weir');
    expect(bytes.toString('latin1')).toContain('\nrevision()\x06UInt32\0\0\0\0\0');
    // Whoever has no revision is answered as anybody: this is no function for statements.
    expect((await get(`query=${encodeURIComponent(hello)}`)).status).toBe(403);
  });

  it('knows no tables but weir’s when tools list them', async () => {
    const lines = async (sql: string) =>
      (await (await get(`query=${encodeURIComponent(sql)}`)).text()).trim().split('\n');
    expect(await lines('SHOW DATABASES')).toEqual(['weir']);
    expect(await lines('SHOW TABLES FROM "weir"')).toContain('entity_health');
    expect((await lines('DESC TABLE "weir"."events"'))[0]).toMatch(/^id\tString/);
  });

  it.each([
    ['no token', 'query=SELECT%201', {}, 401, 516],
    ['a wrong token', 'query=SELECT%201', { authorization: 'Bearer nobody-has-this-token' }, 401, 516],
    ['a token that may not read', 'query=SELECT%201', { authorization: `Bearer ${tokens.push}` }, 403, 497],
    ['another organisation', 'query=SELECT%201&org=globex', { authorization: `Bearer ${tokens.acme}` }, 403, 497],
    ['another organisation as the user', 'query=SELECT%201', { authorization: basic('globex', tokens.acme) }, 403, 497],
    ['no organisation of that name', 'query=SELECT%201&org=acne', { authorization: `Bearer ${tokens.all}` }, 404, 81],
    ['an operator who names none', 'query=SELECT%201', { authorization: `Bearer ${tokens.all}` }, 400, 36],
    ['another database', 'query=SELECT%201&database=system', undefined, 404, 81],
    ['a format there is not', 'query=SELECT%201&default_format=Nonsense', undefined, 404, 73],
    ['a setting that is not taken', 'query=SELECT%201&final=0', undefined, 404, 115],
    ['ClickHouse’s own compression', 'query=SELECT%201&compress=1', undefined, 404, 115],
    ['a statement that is none', 'query=nonsense%20at%20all', undefined, 400, 62],
    ['nothing', '', undefined, 400, 62],
  ])('answers %s as ClickHouse would', async (_, query, headers, status, code) => {
    const answer = await get(query, headers);
    expect([answer.status, answer.headers.get('x-clickhouse-exception-code')]).toEqual([status, String(code)]);
    expect(await answer.text()).toMatch(new RegExp(`^Code: ${code}\\. DB::Exception: .+ \\([A-Z_]+\\)\\n$`, 's'));
    if (status === 401) expect(answer.headers.get('www-authenticate')).toContain('Basic');
  });
});

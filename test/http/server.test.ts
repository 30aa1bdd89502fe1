import { once } from 'node:events';
import { connect } from 'node:net';
import type { FastifyPluginAsync, InjectOptions } from 'fastify';
import { afterEach, describe, expect, test } from 'vitest';
import { configOf } from '../../src/config/load.ts';
import type { ConfigInput } from '../../src/config/schema.ts';
import { WeirError } from '../../src/core/errors.ts';
import { problemOf } from '../../src/http/problem.ts';
import { homeRoutes } from '../../src/http/routes/home.ts';
import { operationsRoutes } from '../../src/http/routes/operations.ts';
import { buildServer, type ServerDeps } from '../../src/http/server.ts';

const asyncapi = { asyncapi: '3.0.0', info: { title: 'weir', version: '1' }, channels: {} };
const readiness = { ready: false, parts: { log: { ready: false, reason: 'reconnecting <since 12:00>' } } };
const operator = { subject: 'ops', org: '*', roles: [], rights: ['read' as const] };

type Request = string | InjectOptions;
const json = { 'content-type': 'application/json' };

const things: FastifyPluginAsync = async (server) => {
  server.get('/things/:name', async () => ({ found: true }));
  server.put('/things/:name', async () => ({}));
  server.post('/things', async (request) => request.body);
  server.get('/conflict', async () => {
    throw new WeirError('version-conflict', 'It is at version 4.', {
      extra: { version: 4, type: 'mine', status: 200 },
    });
  });
  server.get('/later', async () => {
    throw new WeirError('log-full', 'The log is full.', { retryAfterS: 7.2 });
  });
  server.get('/bug', async () => {
    throw new TypeError('secret internals at /home/weir/x.ts');
  });
  server.get('/unsigned', async () => {
    throw new WeirError('signature-missing', 'Sign it.');
  });
};

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function serverWith(http: ConfigInput['http'] = {}, deps: Partial<ServerDeps> = {}) {
  const failed: unknown[] = [];
  const answered: { route: string; status: number }[] = [];
  const server = await buildServer({
    http: configOf({ http }).http,
    version: '1.2.3',
    open: true,
    asyncapi,
    routes: [
      things,
      operationsRoutes({
        authenticator: { required: false, identify: async () => operator },
        readiness: () => readiness,
        metrics: async () => ({ contentType: 'text/plain; version=0.0.4', text: 'weir_up 1\n' }),
      }),
      homeRoutes({ version: '1.2.3', facts: () => [['log', 'embedded <b>']], readiness: () => readiness }),
    ],
    happened: {
      requestFailed: ({ error }) => void failed.push(error),
      connectionRefused: () => undefined,
      requestAnswered: (request) => void answered.push(request),
    },
    ...deps,
  });
  closing.push(() => server.close());
  return { server, failed, answered };
}

describe('a refusal is a problem document', () => {
  const cases: readonly (readonly [string, Request, number, string])[] = [
    ['no such address', '/nowhere', 404, 'not-found'],
    ['another method', { method: 'DELETE', url: '/things/a' }, 405, 'method-not-allowed'],
    ['no JSON', { method: 'POST', url: '/things', headers: json, payload: '{"a":' }, 400, 'body-malformed'],
    ['an empty body', { method: 'POST', url: '/things', headers: json, payload: '' }, 400, 'body-malformed'],
    [
      'a prototype in it',
      { method: 'POST', url: '/things', headers: json, payload: '{"__proto__":{"a":1}}' },
      400,
      'body-malformed',
    ],
    [
      'another type',
      { method: 'POST', url: '/things', headers: { 'content-type': 'text/xml' }, payload: '<a/>' },
      415,
      'type-unsupported',
    ],
    [
      'a body too large',
      { method: 'POST', url: '/things', headers: json, payload: `"${'x'.repeat(2_000)}"` },
      413,
      'too-large',
    ],
    ['a bad escape', '/things/%zz', 400, 'request-malformed'],
    ['a part too long', `/things/${'x'.repeat(300)}`, 414, 'address-too-long'],
    ['what a route throws', '/conflict', 409, 'version-conflict'],
    ['our mistake', '/bug', 500, 'internal'],
  ];

  test.each(cases)('%s', async (_, request, status, code) => {
    const { server } = await serverWith({ bodyLimit: 1_024 });
    const answer = await server.inject(request);
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    const problem = answer.json();
    expect(problem).toMatchObject({ type: `urn:weir:error:${code}`, status });
    expect(problem.title).toMatch(/^\w/);
    expect(problem.detail).toMatch(/\.$/);
    expect(problem.instance).toBe(`urn:weir:request:${String(answer.headers['x-request-id'])}`);
  });

  test('that says which methods the address takes', async () => {
    const { server } = await serverWith();
    const answer = await server.inject({ method: 'POST', url: '/things/a' });
    expect(answer.headers['allow']).toBe('GET, HEAD, PUT');
  });

  test('that says when to come back', async () => {
    const { server } = await serverWith();
    expect((await server.inject('/later')).headers['retry-after']).toBe('8');
    for (const code of ['too-many', 'rate-exceeded', 'log-full', 'log-unavailable', 'not-ready'] as const) {
      expect(problemOf(new WeirError(code, ''), '').headers['retry-after'], code).toBe('5');
    }
  });

  test('that says how to sign in', async () => {
    const { server } = await serverWith();
    expect((await server.inject('/unsigned')).headers['www-authenticate']).toBe('Signature');
  });

  test('with more fields, which never take the place of its own', async () => {
    const { server } = await serverWith();
    expect((await server.inject('/conflict')).json()).toMatchObject({
      version: 4,
      status: 409,
      type: 'urn:weir:error:version-conflict',
    });
    const [first] = Object.keys((await server.inject('/conflict')).json());
    expect(first).toBe('type');
  });

  test('without internals, which go to the log', async () => {
    const { server, failed } = await serverWith();
    const answer = await server.inject('/bug');
    expect(answer.body).not.toMatch(/secret|TypeError|\.ts/);
    expect(failed).toEqual([new TypeError('secret internals at /home/weir/x.ts')]);
  });

  test('even for what is no request', async () => {
    const { server } = await serverWith({ headerLimit: 2_048 });
    await server.listen({ host: '127.0.0.1', port: 0 });
    expect(await raw(server, 'nonsense\r\n\r\n')).toMatch(/^HTTP\/1.1 400 .*urn:weir:error:request-malformed/s);
    const large = `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'y'.repeat(4_000)}\r\n\r\n`;
    expect(await raw(server, large)).toMatch(/^HTTP\/1.1 431 .*urn:weir:error:head-too-large/s);
  });
});

describe('the answers', () => {
  test('carry headers that keep browsers from guessing, framing and keeping', async () => {
    const { server } = await serverWith();
    const { headers } = await server.inject('/things/a');
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
    });
  });

  test('are counted by route, never by address', async () => {
    const { server, answered } = await serverWith();
    await server.inject('/things/a');
    await server.inject('/things/b');
    await server.inject('/random-scan');
    expect(answered.map(({ route, status }) => [route, status])).toEqual([
      ['/things/:name', 200],
      ['/things/:name', 200],
      ['none', 404],
    ]);
  });

  test('end with what is in flight when the server closes', async () => {
    let finish = () => undefined as void;
    let began = () => undefined as void;
    const inFlight = new Promise<void>((resolve) => (began = resolve));
    const slow: FastifyPluginAsync = async (app) => {
      app.get('/slow', async () => {
        began();
        await new Promise<void>((resolve) => (finish = resolve));
        return { done: true };
      });
    };
    const { server } = await serverWith({}, { routes: [slow] });
    const address = await server.listen({ host: '127.0.0.1', port: 0 });
    const answer = fetch(`${address}/slow`);
    await inFlight;
    const closed = server.close();
    finish();
    expect(await (await answer).json()).toEqual({ done: true });
    await closed;
    await expect(fetch(`${address}/slow`)).rejects.toThrow();
  });
});

describe('without tokens', () => {
  const from = (headers: Record<string, string>, url = '/things/a') => ({ method: 'GET' as const, url, headers });

  test('pages from elsewhere are refused, and names that were made to point here', async () => {
    const { server } = await serverWith({ publicUrl: 'https://weir.example.com' });
    for (const headers of [{ origin: 'https://evil.example' }, { host: 'evil.example' }, { origin: 'null' }]) {
      expect((await server.inject(from(headers))).json()).toMatchObject({ type: 'urn:weir:error:not-allowed' });
    }
    const ours = [{ origin: 'http://localhost:8420' }, { host: '[::1]:8420' }, { host: 'weir.example.com' }];
    for (const headers of ours) expect((await server.inject(from(headers))).statusCode).toBe(200);
  });

  test('webhooks come under any name: they are signed', async () => {
    const { server } = await serverWith();
    expect((await server.inject(from({ host: 'x.ngrok.example' }, '/webhooks/acme/stripe'))).statusCode).toBe(404);
  });

  test('with tokens the token decides, not the name', async () => {
    const { server } = await serverWith({}, { open: false });
    expect((await server.inject(from({ host: 'evil.example' }))).statusCode).toBe(200);
  });
});

describe('what describes itself', () => {
  test('OpenAPI 3.1 lists every route, each with the way it refuses', async () => {
    const { server } = await serverWith({}, { open: false });
    const document = (await server.inject('/openapi.json')).json();
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths).toSorted()).toEqual(
      ['/', '/asyncapi.json', '/bug', '/conflict', '/healthz', '/later', '/metrics', '/openapi.json', '/readyz'].concat(
        '/things',
        '/things/{name}',
        '/unsigned',
      ),
    );
    expect(Object.keys(document.paths['/things/{name}'])).toEqual(expect.arrayContaining(['get', 'put']));
    for (const operation of Object.values<Record<string, { responses: object }>>(document.paths).flatMap(
      Object.values,
    )) {
      expect(operation.responses).toHaveProperty(['default', 'content', 'application/problem+json']);
    }
    expect(document.components.schemas.Problem.required).toContain('type');
    expect(document.security).toEqual([{ token: [] }]);
    expect(document.paths['/healthz'].get.security).toEqual([]);
  });

  test('AsyncAPI is given out as it is', async () => {
    const { server } = await serverWith();
    expect((await server.inject('/asyncapi.json')).json()).toEqual(asyncapi);
  });

  test('the docs need nothing from elsewhere', async () => {
    const { server } = await serverWith();
    const page = await server.inject('/docs/');
    expect(page.statusCode).toBe(200);
    expect(page.body).not.toMatch(/(src|href)="https?:/);
    expect(page.headers['content-security-policy']).toContain("default-src 'self'");
  });

  test('alive is not ready: each part says why', async () => {
    const { server } = await serverWith();
    expect((await server.inject('/healthz')).json()).toEqual({ status: 'ok' });
    const ready = await server.inject('/readyz');
    expect(ready.statusCode).toBe(503);
    expect(ready.json()).toEqual(readiness);
  });

  test('the page at / says what runs, and lets nothing be smuggled in', async () => {
    const { server } = await serverWith();
    const page = await server.inject('/');
    expect(page.headers['content-type']).toContain('text/html');
    expect(page.body).toContain('1.2.3');
    expect(page.body).toContain('embedded &#60;b&#62;');
    expect(page.body).toContain('href="/docs"');
  });

  test('figures are for operators', async () => {
    const acme = { ...operator, org: 'acme' };
    const routes = operationsRoutes({
      authenticator: { required: true, identify: async () => acme },
      readiness: () => readiness,
      metrics: async () => ({ contentType: 'text/plain', text: '' }),
    });
    const { server } = await serverWith({}, { routes: [routes] });
    expect((await server.inject('/metrics')).statusCode).toBe(403);
    expect((await (await serverWith()).server.inject('/metrics')).body).toBe('weir_up 1\n');
  });
});

async function raw(server: { server: { address(): unknown } }, bytes: string): Promise<string> {
  const address = server.server.address();
  const port = typeof address === 'object' && address !== null && 'port' in address ? Number(address.port) : 0;
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
  socket.write(bytes);
  await once(socket, 'close');
  return answer;
}

import { once } from 'node:events';
import { connect } from 'node:net';
import type { FastifyPluginAsync, InjectOptions } from 'fastify';
import { describe, expect, test } from 'vitest';
import { WeirError } from '../../src/core/errors.ts';
import { problemOf } from '../../src/http/problem.ts';
import { serverWith } from './a-server.ts';

type Request = string | InjectOptions;

const json = { 'content-type': 'application/json' };

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

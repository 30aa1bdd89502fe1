import { describe, expect, test } from 'vitest';
import { homeRoutes } from '../../src/http/routes/home.ts';
import { operationsRoutes } from '../../src/http/routes/operations.ts';
import { asyncapi, operator, readiness, serverWith } from './a-server.ts';

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
    expect(page.body).toContain('href="/alerts"');
    expect(page.body).not.toContain('WEIR_TOKEN');
  });

  test('with tokens the page at / does not tell where weir keeps things', async () => {
    const facts = (): readonly [string, string][] => [['log', 'embedded (/srv/weir)']];
    const routes = homeRoutes({
      version: '1.2.3',
      authenticator: { required: true },
      facts,
      readiness: () => readiness,
    });
    const { server } = await serverWith({}, { routes: [routes] });
    const page = await server.inject('/');
    expect(page.body).toContain('Not ready');
    expect(page.body).not.toContain('/srv/weir');
    // A link that a browser follows without a token leads to a refusal.
    expect(page.body).not.toContain('href="/alerts"');
    expect(page.body).toContain('WEIR_TOKEN');
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

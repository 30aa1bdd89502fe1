import type { FastifyPluginAsync } from 'fastify';
import { onTestFinished } from 'vitest';
import { configOf } from '../../src/config/load.ts';
import type { ConfigInput } from '../../src/config/schema.ts';
import { WeirError } from '../../src/core/errors.ts';
import { homeRoutes } from '../../src/http/routes/home.ts';
import { operationsRoutes } from '../../src/http/routes/operations.ts';
import { buildServer, type ServerDeps } from '../../src/http/server.ts';

export const asyncapi = { asyncapi: '3.0.0', info: { title: 'weir', version: '1' }, channels: {} };

export const readiness = { ready: false, parts: { log: { ready: false, reason: 'reconnecting <since 12:00>' } } };

export const operator = { subject: 'ops', org: '*', roles: [], rights: ['read' as const] };

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

export async function serverWith(http: ConfigInput['http'] = {}, deps: Partial<ServerDeps> = {}) {
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
      homeRoutes({
        version: '1.2.3',
        authenticator: { required: false },
        facts: () => [['log', 'embedded <b>']],
        readiness: () => readiness,
      }),
    ],
    happened: {
      requestFailed: ({ error }) => void failed.push(error),
      connectionRefused: () => undefined,
      requestAnswered: (request) => void answered.push(request),
    },
    ...deps,
  });
  onTestFinished(() => server.close());
  return { server, failed, answered };
}

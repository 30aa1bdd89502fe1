import type { FastifyPluginAsync } from 'fastify';
import { configOf } from '../../src/config/load.ts';
import { buildServer } from '../../src/http/server.ts';

/** The HTTP server with these routes alone, as configured by default; it tells nobody what happens. */
export const serverOf = (...routes: readonly FastifyPluginAsync[]) =>
  buildServer({
    http: configOf().http,
    version: '1.2.3',
    open: false,
    asyncapi: {},
    routes,
    happened: { requestFailed: () => undefined, connectionRefused: () => undefined, requestAnswered: () => undefined },
  });

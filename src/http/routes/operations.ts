import type { FastifyPluginAsync } from 'fastify';
import { demand } from '../../auth/identity.ts';
import type { Authenticator } from '../../auth/identity.ts';

/** Whether weir can do its work now, and each part with its reason. */
export interface Readiness {
  readonly ready: boolean;
  readonly parts: Readonly<Record<string, { readonly ready: boolean; readonly reason: string }>>;
}

export interface OperationsDeps {
  readonly authenticator: Authenticator;
  readiness(): Readiness;
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** `/healthz`, `/readyz` and `/metrics`, for those who keep weir running. The first two need no token. */
export function operationsRoutes({ authenticator, readiness, metrics }: OperationsDeps): FastifyPluginAsync {
  const tags = ['operations'];
  return async (server) => {
    const alive = { tags, security: [], summary: 'Whether the process is alive', response: { 200: okSchema } };
    server.get('/healthz', { schema: alive }, async () => ({ status: 'ok' }));

    const ready = {
      tags,
      security: [],
      summary: 'Whether weir can do its work, part by part',
      response: { 200: readinessSchema, 503: readinessSchema },
    };
    server.get('/readyz', { schema: ready }, async (_, reply) => {
      const report = readiness();
      return reply.code(report.ready ? 200 : 503).send(report);
    });

    const figures = {
      tags,
      summary: 'Figures for Prometheus',
      response: {
        200: { description: 'Prometheus text format', content: { 'text/plain': { schema: { type: 'string' } } } },
      },
    };
    server.get('/metrics', { schema: figures }, async (request, reply) => {
      const identity = await authenticator.identify(request.headers.authorization);
      // The figures are those of all organisations.
      demand(identity, 'read', '*');
      const { contentType, text } = await metrics();
      return reply.type(contentType).send(text);
    });
  };
}

const okSchema = {
  description: 'It is',
  type: 'object',
  properties: { status: { type: 'string', const: 'ok' } },
};

const readinessSchema = {
  description: 'Each part with its reason',
  type: 'object',
  required: ['ready', 'parts'],
  properties: {
    ready: { type: 'boolean' },
    parts: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        required: ['ready', 'reason'],
        properties: { ready: { type: 'boolean' }, reason: { type: 'string' } },
      },
    },
  },
};

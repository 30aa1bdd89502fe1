import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance, FastifySchema } from 'fastify';
import { catalogue, type ErrorCode } from '../core/errors.ts';
import { groupBy } from '../core/group.ts';
import type { ServerDeps } from './server.ts';

declare module 'fastify' {
  interface FastifySchema {
    /** What a route refuses with, beside what every one may: for `/openapi.json`. */
    readonly refuses?: readonly ErrorCode[];
  }
}

/** The API in words for machines: OpenAPI 3.1 at `/openapi.json`, browsable at `/docs` without a network, AsyncAPI 3 at `/asyncapi.json`. */
export async function describeApi(server: FastifyInstance, { version, asyncapi, open }: ServerDeps): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'weir',
        version,
        description:
          'Push events in, ask questions, hear alerts. Errors are RFC 9457 problem documents; `type` is stable.',
      },
      tags,
      components: {
        securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
        schemas: { Problem: problemSchema },
      },
      ...(!open && { security: [{ token: [] }] }),
    },
    transform: ({ schema, url }) => ({ schema: withProblems(schema), url }),
  });
  await server.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: docsPolicy,
    uiConfig: { validatorUrl: null, deepLinking: true, docExpansion: 'list', displayRequestDuration: true },
    theme: { title: 'weir: API' },
    logo: { type: 'image/svg+xml', content: logo, href: '/', target: '_self' },
  });

  server.get('/openapi.json', { schema: { ...documents, summary: 'This document' } }, async (_, reply) => {
    return reply.type('application/json').send(JSON.stringify(server.swagger()));
  });
  server.get(
    '/asyncapi.json',
    { schema: { ...documents, summary: 'The messages, as AsyncAPI 3' } },
    async (_, reply) => {
      return reply.type('application/json').send(JSON.stringify(asyncapi));
    },
  );
}

const tags = [
  { name: 'events', description: 'Pushing events in' },
  { name: 'alerts', description: 'What somebody must know' },
  { name: 'scores', description: 'What stands behind a figure' },
  { name: 'models', description: 'What was learned from outcomes, and the way back' },
  { name: 'orchestration', description: 'Runs of agents: what they look into, and what came of it' },
  { name: 'query', description: 'Asking questions' },
  { name: 'dead letters', description: 'What was refused, and why' },
  { name: 'operations', description: 'Is it alive, is it ready, what does it do' },
  { name: 'documents', description: 'The API in words for machines' },
];

const documents = {
  tags: ['documents'],
  security: [],
  response: { 200: { description: 'The document', type: 'object' } },
};

const logo = `<svg xmlns="http://www.w3.org/2000/svg" width="120" height="40"><text x="0" y="29" font-family="system-ui, sans-serif" font-size="28" fill="#fff">weir</text></svg>`;

const docsPolicy =
  "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

const problemSchema = {
  type: 'object' as const,
  description: 'RFC 9457. Some have more fields, such as `errors`.',
  required: ['type', 'title', 'status', 'detail', 'instance'],
  properties: {
    type: { type: 'string' as const, format: 'uri', description: '`urn:weir:error:<code>`; docs/errors.md lists them' },
    title: { type: 'string' as const },
    status: { type: 'integer' as const },
    detail: { type: 'string' as const },
    instance: { type: 'string' as const },
  },
};

/** Any route may refuse; what it is known to refuse, and whatever asks for a token, stands there by its status. */
function withProblems({ refuses = [], ...schema }: FastifySchema = {}): FastifySchema {
  const declared = schema.response;
  const response = typeof declared === 'object' && declared !== null ? declared : { 200: { description: 'Done' } };
  const inItsOwnWay = 'default' in response;
  const codes = [...(schema.security === undefined && !inItsOwnWay ? tokenRefusals : []), ...refuses];
  const problems = [...groupBy(codes, (code) => catalogue[code].status)].map(([status, of]) => [status, refusal(of)]);
  return { ...schema, response: { default: refused, ...Object.fromEntries(problems), ...response } };
}

const tokenRefusals = ['token-missing', 'token-wrong', 'not-allowed'] as const;

const refused = {
  description: 'A problem document',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

function refusal(codes: readonly ErrorCode[]) {
  const later = codes.some((code) => catalogue[code].retriable);
  return {
    ...refused,
    description: codes.map((code) => `\`${code}\`: ${catalogue[code].title}`).join('\n\n'),
    ...(later && {
      headers: { 'Retry-After': { type: 'integer', description: 'Seconds to wait before it is sent again' } },
    }),
  };
}

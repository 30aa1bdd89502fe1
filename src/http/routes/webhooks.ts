import type { FastifyPluginAsync, FastifySchema } from 'fastify';
import type { Clock } from '../../core/clock.ts';
import { WeirError } from '../../core/errors.ts';
import type { SourceRequest } from '../../intake/source.ts';
import { intakeAnswer } from '../intake-answer.ts';
import { headersOf, keepRawBodies, rawBody, type BodyLimits } from '../raw-body.ts';

export interface WebhookDeps {
  readonly intake: {
    receiveWebhook(org: string, source: string, request: SourceRequest): Promise<object>;
    knows(org: string, source: string): boolean;
  };
  readonly clock: Clock;
  /** The address the providers know weir by, without a slash at its end. Some sign it. */
  readonly publicUrl: string;
  readonly bodies: BodyLimits;
}

interface Address {
  readonly Params: { readonly org: string; readonly source: string };
}

/** `POST /webhooks/{org}/{source}`: what a provider sends, as it sends it. */
export function webhookRoutes({ intake, clock, publicUrl, bodies }: WebhookDeps): FastifyPluginAsync {
  return async (server) => {
    keepRawBodies(server, bodies);

    // Not `async`: what it throws and what it gives back is answered all the same, two promises a request sooner.
    server.post<Address>('/webhooks/:org/:source', { schema: post }, (request, reply) => {
      const { org, source } = request.params;
      const headers = headersOf(request);
      demandJson(headers['content-type']);
      reply.code(202);
      return intake.receiveWebhook(org, source, {
        method: request.method,
        url: publicUrl + request.url,
        headers,
        body: rawBody(request),
        receivedAt: clock.now(),
      });
    });

    // Intercom asks so, unsigned, when the address is entered there.
    const asked = { schema: head, config: { swagger: { exposeHeadRoute: true } } };
    server.head<Address>('/webhooks/:org/:source', asked, async (request, reply) => {
      const { org, source } = request.params;
      if (!intake.knows(org, source)) throw new WeirError('not-found', 'There is no such organisation or source.');
      return reply.code(204).send();
    });
  };
}

/** Providers whose type nobody confirmed may leave it out. */
function demandJson(contentType: string | undefined): void {
  if (contentType === undefined || contentType === 'application/json') return;
  if (/^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(contentType)) return;
  throw new WeirError('type-unsupported', 'Send application/json.');
}

const params = {
  type: 'object',
  required: ['org', 'source'],
  properties: {
    org: { type: 'string', description: 'The organisation, as in the configuration' },
    source: { type: 'string', description: 'gong, hubspot, intercom, stripe, as configured for the organisation' },
  },
};

const head: FastifySchema = {
  tags: ['events'],
  summary: 'Whether webhooks of this source are taken',
  security: [],
  params,
  response: { 204: { description: 'They are', type: 'null' } },
  refuses: ['not-found'],
};

const post: FastifySchema = {
  tags: ['events'],
  summary: 'What a provider sends, as it sends it',
  description:
    'The request is verified as the provider signs it, over the bytes as received and the public address. ' +
    'What is authentic and cannot be mapped is kept in the dead letters and answered 202.',
  body: {
    content: {
      'application/json': { schema: { type: ['object', 'array'], description: 'As the provider documents it' } },
    },
  },
  security: [],
  params,
  response: { 202: { ...intakeAnswer, description: 'Every event in it is in the log, acknowledged' } },
  refuses: [
    'body-malformed',
    'signature-missing',
    'signature-wrong',
    'signature-stale',
    'not-found',
    'too-large',
    'type-unsupported',
    'rate-exceeded',
    'log-unavailable',
    'log-full',
    'not-ready',
  ],
};

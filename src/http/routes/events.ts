import type { FastifyPluginAsync, FastifyRequest, FastifySchema } from 'fastify';
import { z } from 'zod';
import { cloudEvent } from '../../../schemas/event.ts';
import { demand, judges, type Authenticator } from '../../auth/identity.ts';
import type { Clock } from '../../core/clock.ts';
import { WeirError } from '../../core/errors.ts';
import type { EventsRequest } from '../../intake/source.ts';
import { intakeAnswer } from '../intake-answer.ts';
import { headersOf, keepRawBodies, rawBody, type BodyLimits } from '../raw-body.ts';

export interface EventsDeps {
  readonly intake: {
    receiveEvents(org: string, request: EventsRequest): Promise<object>;
    /** Events a second; undefined where there is no such org. */
    rateOf(org: string): number | undefined;
  };
  readonly authenticator: Authenticator;
  readonly clock: Clock;
  readonly bodies: BodyLimits;
}

interface Address {
  readonly Params: { readonly org: string };
}

/** `POST /events/{org}`: CloudEvents 1.0, and the handshake of its webhook profile. */
export function eventRoutes({ intake, authenticator, clock, bodies }: EventsDeps): FastifyPluginAsync {
  return async (server) => {
    keepRawBodies(server, bodies);

    server.post<Address>('/events/:org', { schema: post }, async (request, reply) => {
      const { org } = request.params;
      const identity = await authenticator.identify(tokenIn(request));
      demand(identity, 'push', org);
      const answer = await intake.receiveEvents(org, {
        headers: headersOf(request),
        body: rawBody(request),
        receivedAt: clock.now(),
        judges: judges(identity),
      });
      return reply.code(202).send(answer);
    });

    // It consents to being sent events from there; it is no authentication, and asks for none.
    server.options<Address>('/events/:org', { schema: options }, async (request, reply) => {
      const eventsPerSecond = intake.rateOf(request.params.org);
      if (eventsPerSecond === undefined) throw new WeirError('not-found', 'There is no such organisation.');
      const origin = request.headers['webhook-request-origin'];
      reply.header('allow', 'POST, OPTIONS');
      if (typeof origin === 'string' && hostName.test(origin)) {
        reply.headers({
          'webhook-allowed-origin': origin,
          'webhook-allowed-rate': String(Math.ceil(eventsPerSecond * 60)),
        });
      }
      return reply.code(204).send();
    });
  };
}

const hostName = /^[\w.-]{1,253}$/;

const tokenQuery = z.object({ access_token: z.string() });

/** The profile asks for both: the header, and `?access_token=` for those who cannot set one. */
function tokenIn({ headers, query }: FastifyRequest): string | undefined {
  if (headers.authorization !== undefined) return headers.authorization;
  const parsed = tokenQuery.safeParse(query);
  return parsed.success ? `Bearer ${parsed.data.access_token}` : undefined;
}

const params = {
  type: 'object',
  required: ['org'],
  properties: { org: { type: 'string', description: 'The organisation, as in the configuration' } },
};

const { $schema: _, ...event } = z.toJSONSchema(cloudEvent, { io: 'input' });

const example = {
  specversion: '1.0',
  id: 'checkout-p95-12:00',
  source: 'https://metrics.example/checkout',
  type: 'metrics.sample',
  time: '2026-03-01T12:00:00Z',
  entity: 'service:checkout',
  data: { name: 'latency_p95', value: 412, unit: 'ms' },
};

const post: FastifySchema = {
  tags: ['events'],
  summary: 'CloudEvents 1.0: structured, batched, or in binary mode',
  description:
    'A batch is taken whole or not at all. `weir.outcome.alert` also takes the right `act`, with all roles. Extension attributes: `entity`, whom it is about, and `stream`, which pipelines read it. ' +
    'In binary mode the attributes stand in `ce-` headers and the body is the data, of any type. ' +
    'Authenticate with a bearer token or with `?access_token=`.',
  params,
  querystring: { type: 'object', properties: { access_token: { type: 'string' } } },
  body: {
    content: {
      'application/cloudevents+json': { schema: { ...event, examples: [example] } },
      'application/cloudevents-batch+json': { schema: { type: 'array', items: event, examples: [[example]] } },
      '*/*': { schema: { description: 'Binary mode: the data, with the attributes in `ce-` headers' } },
    },
  },
  response: { 202: { ...intakeAnswer, description: 'Every event in it is in the log, acknowledged' } },
  refuses: [
    'body-malformed',
    'envelope-malformed',
    'not-found',
    'too-large',
    'type-unsupported',
    'event-invalid',
    'rate-exceeded',
    'log-unavailable',
    'log-full',
    'not-ready',
  ],
};

const options: FastifySchema = {
  tags: ['events'],
  summary: 'The handshake of the CloudEvents webhook profile',
  security: [],
  params,
  response: { 204: { description: 'Consent, where the request named an origin', type: 'null' } },
  refuses: ['not-found'],
};

import type { FastifyPluginAsync, FastifyRequest, FastifySchema } from 'fastify';
import { z } from 'zod';
import { alertSchema, alertTransitionSchema, decodeTransition } from '../../../schemas/alert.ts';
import { checked, jsonSchemaOf } from '../../../schemas/checked.ts';
import { alertOutcomeType } from '../../../schemas/outcomes.ts';
import { cursorSchema, filterQueryShape, orgSchema } from '../../../schemas/push.ts';
import { orgFor, type Authenticator, type Identity, type Right } from '../../auth/identity.ts';
import type { Alert, AlertCommand, AlertTransition } from '../../core/alert.ts';
import type { Clock } from '../../core/clock.ts';
import { WeirError } from '../../core/errors.ts';
import type { EventsRequest } from '../../intake/source.ts';
import type { Log } from '../../log/log.ts';
import { subjects } from '../../log/subjects.ts';
import type { AlertBoard } from '../../push/protocol.ts';

export interface AlertRouteDeps {
  readonly log: Log;
  readonly alerts: {
    get(org: string, alertId: string): Promise<Alert | undefined>;
    command(org: string, alertId: string, command: AlertCommand): Promise<Alert>;
  };
  /** The door: a person's verdict is an event as any other. */
  readonly intake: {
    receiveEvents(org: string, request: EventsRequest): Promise<object>;
  };
  readonly board: AlertBoard;
  readonly authenticator: Authenticator;
  readonly orgs: readonly string[];
  readonly clock: Clock;
}

/** How many of an alert's transitions, the newest, its page shows. */
const shownMax = 200;

/** `GET /alerts`, `GET /alerts/{id}`, `POST /alerts/{id}/acknowledge`, `POST /alerts/{id}/resolve`. */
export function alertRoutes(deps: AlertRouteDeps): FastifyPluginAsync {
  const { log, alerts, intake, board, authenticator, orgs, clock } = deps;

  async function asked(request: FastifyRequest, right: Right): Promise<{ identity: Identity; org: string }> {
    const identity = await authenticator.identify(request.headers.authorization);
    const { org: named } = checked(orgQuerySchema, request.query);
    return { identity, org: orgFor(identity, right, named, orgs) };
  }

  /** The alert; what this identity's roles keep from it is as absent as what does not exist. */
  async function find(org: string, id: string, identity: Identity): Promise<Alert> {
    // An id is part of a subject: nothing that is not a hash goes there.
    const alert = alertIdPattern.test(id) ? await alerts.get(org, id) : undefined;
    if (!alert || !board.sees(identity, alert))
      throw new WeirError('not-found', `There is no alert ${id.slice(0, 64)}.`);
    return alert;
  }

  async function carryOut(request: FastifyRequest, kind: AlertCommand['kind']): Promise<Alert> {
    const { identity, org } = await asked(request, 'act');
    const { id } = checked(idSchema, request.params);
    const { verdict, ...seen } = checked(commandSchema, request.body);
    await find(org, id, identity);
    const receivedAt = clock.now();
    const at = new Date(receivedAt).toISOString();
    const alert = await alerts.command(org, id, { kind, by: identity.subject, at, ...seen });
    if (verdict) await intake.receiveEvents(org, verdictEvent(alert, verdict, { by: identity.subject, receivedAt }));
    return alert;
  }

  return async (server) => {
    server.get('/alerts', { schema: listing }, async (request) => {
      const { identity, org } = await asked(request, 'read');
      const { org: _, limit, cursor, ...filter } = checked(listSchema, request.query);
      return board.list({ org, identity, filter, limit, ...(cursor !== undefined && { cursor }) });
    });

    server.get('/alerts/:id', { schema: detail }, async (request) => {
      const { identity, org } = await asked(request, 'read');
      const alert = await find(org, checked(idSchema, request.params).id, identity);
      return { alert, ...(await historyOf(log, alert)) };
    });

    server.post('/alerts/:id/acknowledge', { schema: acting('Take an alert') }, (request) =>
      carryOut(request, 'acknowledge'),
    );
    server.post('/alerts/:id/resolve', { schema: acting('Close an alert') }, (request) => carryOut(request, 'resolve'));
  };
}

/** What is said of an episode first counts: the event's id is that of the episode, so whoever asks again changes nothing. */
function verdictEvent(
  { id, org, entity, episode, pipeline, rule }: Alert,
  outcome: string,
  { by, receivedAt }: { readonly by: string; readonly receivedAt: number },
) {
  const event = {
    specversion: '1.0',
    id: `${id}/${episode}`,
    source: `urn:weir:alerts:${org}`,
    type: alertOutcomeType,
    subject: id,
    entity,
    data: { alert: id, episode, pipeline, rule, outcome, by },
  };
  return {
    headers: { 'content-type': 'application/cloudevents+json' },
    body: Buffer.from(JSON.stringify(event), 'utf8'),
    receivedAt,
    judges: true,
  };
}

/** The newest transitions, oldest of them first; `complete` is false where there are more. */
async function historyOf(
  log: Log,
  alert: Alert,
): Promise<{ transitions: readonly AlertTransition[]; complete: boolean }> {
  const subject = subjects.alert(alert.org, alert.id);
  const transitions: AlertTransition[] = [];
  let after = await throughVersion(log, subject, alert.version - shownMax);
  while (transitions.length < shownMax) {
    const message = await log.next('ALERTS', subject, after);
    if (!message) break;
    transitions.push(decodeTransition(message.data));
    after = message.sequence;
  }
  const complete = transitions[0]?.alert.version === 1 && (transitions.at(-1)?.alert.version ?? 0) >= alert.version;
  return { transitions, complete };
}

/** The sequence through which an alert's subject has no version beyond this one, by halving: they rise together. */
async function throughVersion(log: Log, subject: string, version: number): Promise<number> {
  if (version <= 0) return 0;
  const { firstSequence, lastSequence } = await log.info('ALERTS');
  let [low, high] = [firstSequence - 1, lastSequence];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const message = await log.next('ALERTS', subject, middle);
    if (message && decodeTransition(message.data).alert.version <= version) low = message.sequence;
    else high = middle;
  }
  return low;
}

const alertIdPattern = /^[0-9a-f]{32}$/;

const orgQuerySchema = z.object({ org: orgSchema.exactOptional() });
const idSchema = z.object({ id: z.string() });
const listSchema = z.strictObject({
  org: orgSchema.exactOptional(),
  ...filterQueryShape,
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: cursorSchema.exactOptional().describe('`next` of the page before'),
});
const commandSchema = z.strictObject({
  version: z.int().min(1).describe('Of the alert you looked at'),
  episode: z.int().min(1).describe('Of the alert you looked at; in another one by now: 409'),
  why: z.string().min(1).max(1_000),
  verdict: z
    .enum(['useful', 'noise'])
    .exactOptional()
    .describe(
      'Whether it was worth being told: teaches what the next alerts of its rule are worth. The first of an episode counts',
    ),
});

const answer = (description: string, schema: z.ZodType) => ({
  description,
  content: { 'application/json': { schema: jsonSchemaOf(schema, 'output') } },
});

const listing: FastifySchema = {
  tags: ['alerts'],
  summary: 'The open alerts and those resolved lately, newest change first',
  querystring: jsonSchemaOf(listSchema),
  response: {
    200: answer(
      'A page',
      z.object({ alerts: z.array(alertSchema), next: z.string().nullable(), complete: z.boolean() }),
    ),
  },
  refuses: ['request-malformed', 'not-found'],
};

const detail: FastifySchema = {
  tags: ['alerts'],
  summary: 'An alert with its transitions: what happened, who, when, why',
  params: jsonSchemaOf(idSchema),
  querystring: jsonSchemaOf(orgQuerySchema),
  response: {
    200: answer(
      'The alert',
      z.object({ alert: alertSchema, transitions: z.array(alertTransitionSchema), complete: z.boolean() }),
    ),
  },
  refuses: ['request-malformed', 'not-found'],
};

const acting = (summary: string): FastifySchema => ({
  tags: ['alerts'],
  summary: `${summary}, as you saw it; 409 when it moved on meanwhile`,
  params: jsonSchemaOf(idSchema),
  querystring: jsonSchemaOf(orgQuerySchema),
  body: jsonSchemaOf(commandSchema),
  response: { 200: answer('The alert after it', alertSchema) },
  refuses: [
    'request-malformed',
    'not-found',
    'version-conflict',
    'rate-exceeded',
    'log-unavailable',
    'log-full',
    'not-ready',
  ],
});

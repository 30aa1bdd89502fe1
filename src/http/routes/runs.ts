import type { FastifyPluginAsync, FastifyRequest, FastifySchema } from 'fastify';
import { z } from 'zod';
import { checked, jsonSchemaOf } from '../../../schemas/checked.ts';
import {
  sessionDetailSchema,
  sessionMessageSchema,
  sessionReplaySchema,
  sessionSchema,
  type ApprovalAnswer,
  type Session,
  type SessionDetail,
  type SessionMessage,
  type SessionFilter,
  type SessionReplay,
  type SessionRequest,
} from '../../../schemas/run.ts';
import type { Authenticator, Right } from '../../auth/identity.ts';
import { WeirError } from '../../core/errors.ts';
import { runEventRoutes, type RunEventDeps } from './run-events.ts';
import { answerSchema, approvalSchema, listSchema, messageSchema, newSchemaOf, whySchema } from './run-requests.ts';
import { idIn, idPattern, idSchema, known, orgQuerySchema, orgOf, sessionsPath as path } from './run-address.ts';

export interface RunRouteDeps {
  readonly sessions: {
    list(filter: SessionFilter): object;
    get(org: string, id: string): Promise<SessionDetail | undefined>;
    create(request: SessionRequest): Promise<Session>;
    cancel(org: string, id: string, by: string, why: string): Promise<SessionDetail>;
    approve(id: string, answer: ApprovalAnswer): Promise<SessionDetail>;
    answer(
      id: string,
      answer: z.output<typeof answerSchema> & { readonly org: string; readonly by: string },
    ): Promise<SessionDetail>;
    communicate(
      message: z.output<typeof messageSchema> & { readonly org: string; readonly by: string },
    ): Promise<SessionMessage>;
    replay(org: string, id: string): Promise<SessionReplay | undefined>;
  } & RunEventDeps['sessions'];
  /** Kinds of runs that can be asked for. */
  readonly kinds: readonly string[];
  /** Whether somebody proposes the steps of a run of kind `open` of which nothing is `wanted`. */
  readonly proposes: boolean;
  readonly authenticator: Authenticator;
  readonly orgs: readonly string[];
}

/** Runs of agents: what they are at, what came of them; to ask for one, to cancel it, and to approve a step of it. */
export function runRoutes({ sessions, kinds, proposes, authenticator, orgs }: RunRouteDeps): FastifyPluginAsync {
  const newSchema = newSchemaOf(kinds, proposes);

  const asked = (request: FastifyRequest, right: Right) => orgOf(request, right, authenticator, orgs);

  return async (server) => {
    await server.register(runEventRoutes({ sessions, authenticator, orgs }));

    server.get(path, { schema: listing }, async (request) => {
      const { org } = await asked(request, 'read');
      const { org: _, cursor, status, ...filter } = checked(listSchema, request.query);
      return sessions.list({
        ...filter,
        org,
        ...(status && { status: [status] }),
        ...(cursor !== undefined && { before: cursor }),
      });
    });

    server.get(`${path}/:id`, { schema: detail }, async (request) => {
      const { org } = await asked(request, 'read');
      const id = idIn(request);
      return known(id, await sessions.get(org, id));
    });

    server.post(`${path}/:id/replay`, { schema: replaying }, async (request) => {
      const { org } = await asked(request, 'read');
      const id = idIn(request);
      return known(id, await sessions.replay(org, id));
    });

    server.post(path, { schema: creating(newSchema) }, async (request, reply) => {
      const { org, by } = await asked(request, 'act');
      const session = await sessions.create({ ...checked(newSchema, request.body), org, by });
      return reply.code(201).header('location', `${path}/${session.id}`).send(session);
    });

    server.post(
      `${path}/:id/cancel`,
      { schema: acting('Stop a run: it takes back what it did', whySchema) },
      async (request) => {
        const { org, by } = await asked(request, 'act');
        const id = idIn(request);
        return sessions.cancel(org, id, by, checked(whySchema, request.body).why);
      },
    );

    server.post(
      `${path}/:id/approve`,
      { schema: acting('Grant or deny what a step asks for', approvalSchema) },
      async (request) => {
        const { org, by } = await asked(request, 'act');
        const id = idIn(request);
        return sessions.approve(id, { ...checked(approvalSchema, request.body), org, by });
      },
    );

    server.post(
      `${path}/:id/answer`,
      { schema: acting('Say what came of a step that people are asked to take over', answerSchema) },
      async (request) => {
        const { org, by } = await asked(request, 'act');
        const id = idIn(request);
        return sessions.answer(id, { ...checked(answerSchema, request.body), org, by });
      },
    );

    server.post('/api/v1/orchestration/communicate', { schema: communicating }, async (request, reply) => {
      const { org, by } = await asked(request, 'act');
      const message = checked(messageSchema, request.body);
      if (!idPattern.test(message.session)) throw new WeirError('not-found', 'There is no such session.');
      return reply.code(201).send(await sessions.communicate({ ...message, org, by }));
    });
  };
}

const answer = (description: string, schema: z.ZodType) => ({
  description,
  content: { 'application/json': { schema: jsonSchemaOf(schema, 'output') } },
});

const listing: FastifySchema = {
  tags: ['orchestration'],
  summary: 'The runs of agents, the newest first: of each organisation the last 1,000',
  querystring: jsonSchemaOf(listSchema),
  response: {
    200: answer(
      'A page',
      z.object({
        sessions: z.array(sessionSchema),
        next: z.string().nullable(),
        complete: z.boolean().describe('False shortly after a start, while earlier runs are being read'),
      }),
    ),
  },
  refuses: ['request-malformed', 'not-found'],
};

const detail: FastifySchema = {
  tags: ['orchestration'],
  summary: 'A run of agents: its steps, what waits for approval, its result with evidence',
  params: jsonSchemaOf(idSchema),
  querystring: jsonSchemaOf(orgQuerySchema),
  response: { 200: answer('The run', sessionDetailSchema) },
  refuses: ['request-malformed', 'not-found', 'log-unavailable'],
};

const replaying: FastifySchema = {
  tags: ['orchestration'],
  summary: 'Fold what is recorded of a run again, and say whether the same state and decisions come out; asks nobody',
  params: jsonSchemaOf(idSchema),
  querystring: jsonSchemaOf(orgQuerySchema),
  response: { 200: answer('What came out', sessionReplaySchema) },
  refuses: ['request-malformed', 'not-found', 'log-unavailable'],
};

const creating = (body: z.ZodType): FastifySchema => ({
  tags: ['orchestration'],
  summary: 'Ask for a run of agents',
  querystring: jsonSchemaOf(orgQuerySchema),
  body: jsonSchemaOf(body),
  response: { 201: answer('It is in the log, and will be carried out', sessionSchema) },
  refuses: ['request-malformed', 'not-found', 'too-many', 'log-unavailable', 'log-full'],
});

const communicating: FastifySchema = {
  tags: ['orchestration'],
  summary: 'Tell the agents of a run something: it is kept with the run, and shown to the steps that have not begun',
  querystring: jsonSchemaOf(orgQuerySchema),
  body: jsonSchemaOf(messageSchema),
  response: { 201: answer('It is in the log', sessionMessageSchema) },
  refuses: ['request-malformed', 'not-found', 'version-conflict', 'log-unavailable', 'log-full'],
};

const acting = (summary: string, body: z.ZodType): FastifySchema => ({
  tags: ['orchestration'],
  summary: `${summary}; 409 when it moved on meanwhile`,
  params: jsonSchemaOf(idSchema),
  querystring: jsonSchemaOf(orgQuerySchema),
  body: jsonSchemaOf(body),
  response: { 200: answer('The run after it', sessionDetailSchema) },
  refuses: ['request-malformed', 'not-found', 'version-conflict', 'log-unavailable', 'log-full'],
});

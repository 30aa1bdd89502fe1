import type { FastifyPluginAsync, FastifyRequest, FastifySchema } from 'fastify';
import { z } from 'zod';
import { checked, jsonSchemaOf } from '../../../schemas/checked.ts';
import { orgSchema } from '../../../schemas/push.ts';
import { differenceSchema, explanationSchema, scoreSchema } from '../../../schemas/score.ts';
import { orgFor, type Authenticator } from '../../auth/identity.ts';
import { WeirError, type ErrorCode } from '../../core/errors.ts';
import type { Score } from '../../core/score.ts';
import { rfc3339Ms } from '../../core/time.ts';
import { differenceOf } from '../../explain/difference.ts';
import { eventIdsOf, explain, type Events } from '../../explain/explanation.ts';
import type { Scores } from '../../store/store.ts';

export interface ScoreRouteDeps {
  readonly scores: Scores;
  readonly authenticator: Authenticator;
  readonly orgs: readonly string[];
}

/** `GET /scores?entity=…`, `GET /scores/{id}`, `GET /scores/{id}/difference?from=…`. */
export function scoreRoutes({ scores, authenticator, orgs }: ScoreRouteDeps): FastifyPluginAsync {
  async function orgAsking(request: FastifyRequest): Promise<string> {
    const identity = await authenticator.identify(request.headers.authorization);
    return orgFor(identity, 'read', checked(orgQuerySchema, request.query).org, orgs);
  }

  async function find(org: string, id: string): Promise<Score> {
    const score = await scores.find(org, id);
    if (!score) throw new WeirError('not-found', `There is no score ${id.slice(0, 64)}.`);
    return score;
  }

  const eventsOf = (org: string, ...of: readonly [Score, ...Score[]]): Promise<Events> =>
    scores.events(org, of[0].entity, eventIdsOf(...of));

  return async (server) => {
    server.get('/scores', { schema: listing }, async (request) => {
      const org = await orgAsking(request);
      const { org: _, at, cursor, limit, ...asked } = checked(listSchema, request.query);
      const found = await scores.at({
        ...asked,
        org,
        limit: limit + 1,
        ...(at !== undefined && { at: momentOf(at) }),
        ...(cursor !== undefined && { after: placeOf(cursor) }),
      });
      const page = found.slice(0, limit);
      const last = page.at(-1);
      return { scores: page, next: last && found.length > limit ? cursorOf(last) : null };
    });

    server.get('/scores/:id', { schema: explaining }, async (request) => {
      const org = await orgAsking(request);
      const score = await find(org, checked(idSchema, request.params).id);
      return explain(score, await eventsOf(org, score));
    });

    server.get('/scores/:id/difference', { schema: comparing }, async (request) => {
      const org = await orgAsking(request);
      const { from } = checked(fromSchema, request.query);
      const [earlier, later] = [await find(org, from), await find(org, checked(idSchema, request.params).id)];
      return differenceOf(earlier, later, await eventsOf(org, later, earlier));
    });
  };
}

function momentOf(at: string): number {
  const ms = rfc3339Ms(at);
  if (ms === undefined)
    throw new WeirError(
      'request-malformed',
      `/at: expected a time such as 2026-03-02T10:00:00Z, got ${JSON.stringify(at)}`,
    );
  return ms;
}

/** Where a page ended. It tells nothing that its scores do not. */
const placeSchema = z.tuple([z.string(), z.string().nullable()]);

function cursorOf({ name, subject }: Score): string {
  return Buffer.from(JSON.stringify([name, subject])).toString('base64url');
}

function placeOf(cursor: string): { name: string; subject: string | null } {
  try {
    const [name, subject] = placeSchema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
    return { name, subject };
  } catch (error) {
    throw new WeirError('cursor-invalid', 'This cursor is not one of a page of scores.', { cause: error });
  }
}

const orgQuerySchema = z.object({ org: orgSchema.exactOptional() });
const idSchema = z.object({ id: z.string() });
const listSchema = z.strictObject({
  org: orgSchema.exactOptional(),
  entity: z.string().min(1).max(256).describe('Whose scores, such as account:brightloom'),
  at: z.string().max(64).exactOptional().describe('Event time, RFC 3339: as they were then. Absent: as they are'),
  name: z.string().max(256).exactOptional().describe('Those of this name alone'),
  subject: z.string().max(1_024).exactOptional().describe('Those about this alone; empty for the whole entity'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(4_096).exactOptional().describe('`next` of the page before'),
});
const fromSchema = z.object({
  org: orgSchema.exactOptional(),
  from: z.string().max(256).describe('Id of the earlier score, of the same name, entity and subject'),
});

const answer = (description: string, schema: z.ZodType) => ({
  description,
  content: { 'application/json': { schema: jsonSchemaOf(schema, 'output') } },
});

const refuses: readonly ErrorCode[] = ['request-malformed', 'not-found', 'too-many', 'store-unavailable'];

const listing: FastifySchema = {
  tags: ['scores'],
  summary: 'The scores of an entity as they were at a time: of each name and subject the last',
  querystring: jsonSchemaOf(listSchema),
  response: {
    200: answer('A page, by name and subject', z.object({ scores: z.array(scoreSchema), next: z.string().nullable() })),
  },
  refuses: [...refuses, 'cursor-invalid'],
};

const explaining: FastifySchema = {
  tags: ['scores'],
  summary: 'Why a score is what it is: every reason, with its event and what was seen there',
  params: jsonSchemaOf(idSchema),
  querystring: jsonSchemaOf(orgQuerySchema),
  response: { 200: answer('The explanation', explanationSchema) },
  refuses,
};

const comparing: FastifySchema = {
  tags: ['scores'],
  summary: 'Why a score became another: what was added, what went, what changed, with the events behind it',
  params: jsonSchemaOf(idSchema),
  querystring: jsonSchemaOf(fromSchema),
  response: { 200: answer('The difference', differenceSchema) },
  refuses,
};

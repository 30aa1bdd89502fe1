import type { FastifyPluginAsync, FastifyRequest, FastifySchema } from 'fastify';
import { z } from 'zod';
import { checked } from '../../../schemas/checked.ts';
import { orgSchema } from '../../../schemas/push.ts';
import { demand, orgOf } from '../../auth/identity.ts';
import type { Authenticator, Right } from '../../auth/identity.ts';
import { hops, type DeadLetter } from '../../core/dead-letter.ts';
import { WeirError } from '../../core/errors.ts';
import { namePattern } from '../../core/event.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Log } from '../../log/log.ts';
import { intakeAnswer } from '../intake-answer.ts';
import { lettersOf } from '../letters.ts';

export interface DeadLetterDeps {
  readonly log: Log;
  readonly authenticator: Authenticator;
  readonly orgs: readonly string[];
  /** Hands the bytes to intake again, as they came; answers what intake answers. `by`: who asks. */
  replay(letter: DeadLetter, by: string): Promise<JsonObject>;
}

/** How many letters one page may hold. */
const pageMax = 200;

/** `GET /deadletters`, `GET /deadletters/{id}`, `POST /deadletters/{id}/replay`. */
export function deadLetterRoutes({ log, authenticator, orgs, replay }: DeadLetterDeps): FastifyPluginAsync {
  const tags = ['dead letters'];
  const asked = async (request: FastifyRequest, right: Right) => {
    const identity = await authenticator.identify(request.headers.authorization);
    const query = checked(querySchema, request.query);
    // Not only those configured: what came over NATS for one that is not is kept under its name.
    const org = orgOf(identity, query.org, orgs);
    demand(identity, right, org);
    return { ...query, org, by: identity.subject };
  };

  return async (server) => {
    const list = {
      tags,
      summary: 'Newest first',
      querystring: schemaOf(querySchema),
      response: { 200: pageSchema },
      refuses: ['request-malformed', 'not-found'],
    } satisfies FastifySchema;
    server.get('/deadletters', { schema: list }, async (request) => {
      const { org, limit, before } = await asked(request, 'read');
      return pageOf(log, org, limit, before);
    });

    const one: FastifySchema = {
      tags,
      summary: 'One, with its bytes',
      params: idSchema,
      querystring: orgAsked,
      response: { 200: { description: 'The letter', ...letterSchema } },
      refuses: ['not-found'],
    };
    server.get('/deadletters/:id', { schema: one }, async (request) => {
      const { org } = await asked(request, 'read');
      return find(log, org, idOf(request.params));
    });

    const again: FastifySchema = {
      tags,
      summary: 'Hands the bytes to intake again',
      params: idSchema,
      querystring: orgAsked,
      response: { 200: { ...intakeAnswer, description: 'What intake answers' } },
      refuses: ['not-found', 'rate-exceeded', 'log-unavailable', 'log-full', 'not-ready'],
    };
    server.post('/deadletters/:id/replay', { schema: again }, async (request) => {
      const { org, by } = await asked(request, 'push');
      return replay(await find(log, org, idOf(request.params)), by);
    });
  };
}

/** A page without the bytes; `next` is what to ask for after it, null at the end. */
async function pageOf(log: Log, org: string, limit: number, before: string | undefined) {
  const letters: Omit<DeadLetter, 'body'>[] = [];
  let skipping = before !== undefined;
  for await (const { body: _, ...letter } of lettersOf(log, org)) {
    if (!skipping) letters.push(letter);
    if (letters.length > limit) break;
    if (letter.id === before) skipping = false;
  }
  if (skipping) throw new WeirError('not-found', `There is no dead letter "${before}" any more.`);
  const page = letters.slice(0, limit);
  return { deadLetters: page, next: letters.length > limit ? (page.at(-1)?.id ?? null) : null };
}

async function find(log: Log, org: string, id: string): Promise<DeadLetter> {
  for await (const letter of lettersOf(log, org)) if (letter.id === id) return letter;
  throw new WeirError('not-found', `There is no dead letter "${id}" among the newest; ask the table dead_letters.`);
}

const querySchema = z.strictObject({
  org: orgSchema.exactOptional(),
  limit: z.coerce.number().int().min(1).max(pageMax).default(50),
  before: z.string().max(128).exactOptional(),
});

function idOf(params: unknown): string {
  return z.object({ id: z.string() }).parse(params).id;
}

const orgAsked = { type: 'object', properties: { org: { type: 'string', pattern: namePattern.source } } };
const idSchema = { type: 'object', required: ['id'], properties: { id: { type: 'string' } } };
const text = (description: string) => ({ type: 'string', description });

const { body: bodySchema, ...listedSchema } = {
  id: text('Hash of hop and cause: a repeat is the same letter'),
  org: text('The organisation'),
  hop: { type: 'string', enum: hops, description: 'Where the event was when it could not go on' },
  source: text('Origin of the event, where known'),
  reason: text('A stable word, such as `unmappable`'),
  detail: text('What exactly is wrong'),
  eventId: { type: ['string', 'null'], description: 'The event’s id, where it had one already' },
  at: { type: 'string', format: 'date-time' },
  events: { type: 'integer', description: 'How many events it stands for' },
  body: {
    type: 'string',
    contentEncoding: 'base64',
    description: 'The bytes as they came; of very many, their beginning or none',
  },
  contentType: text('Of the bytes'),
} satisfies Record<keyof DeadLetter, object>;

const letterOf = <P extends object>(properties: P) => ({
  type: 'object',
  required: Object.keys(properties),
  properties,
});
const letterSchema = letterOf({ ...listedSchema, body: bodySchema });

const pageSchema = {
  description: 'A page',
  type: 'object',
  required: ['deadLetters', 'next'],
  properties: {
    deadLetters: { type: 'array', items: letterOf(listedSchema) },
    next: { type: ['string', 'null'], description: '`before` of the next page' },
  },
};

function schemaOf(schema: z.ZodType): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return rest;
}

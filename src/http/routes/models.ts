import type { FastifyPluginAsync, FastifyRequest, FastifySchema } from 'fastify';
import { z } from 'zod';
import { checked, jsonSchemaOf } from '../../../schemas/checked.ts';
import { modelSchema, releaseSchema } from '../../../schemas/model.ts';
import { orgSchema } from '../../../schemas/push.ts';
import { orgFor, type Authenticator, type Identity, type Right } from '../../auth/identity.ts';
import type { Clock } from '../../core/clock.ts';
import type { ModelView, ReleaseCommand } from '../../core/model.ts';

export interface ModelRouteDeps {
  readonly models: {
    list(org: string): Promise<readonly ModelView[]>;
    get(org: string, name: string): Promise<ModelView>;
    release(org: string, name: string, command: ReleaseCommand): Promise<void>;
  };
  readonly authenticator: Authenticator;
  readonly orgs: readonly string[];
  readonly clock: Clock;
}

/** `GET /models`, `GET /models/{name}`, `POST /models/{name}/release`. */
export function modelRoutes({ models, authenticator, orgs, clock }: ModelRouteDeps): FastifyPluginAsync {
  async function asked(request: FastifyRequest, right: Right): Promise<{ identity: Identity; org: string }> {
    const identity = await authenticator.identify(request.headers.authorization);
    const { org: named } = checked(orgQuerySchema, request.query);
    return { identity, org: orgFor(identity, right, named, orgs) };
  }

  return async (server) => {
    server.get('/models', { schema: listing }, async (request) => {
      const { org } = await asked(request, 'read');
      return { models: await models.list(org) };
    });

    server.get('/models/:name', { schema: detail }, async (request) => {
      const { org } = await asked(request, 'read');
      return models.get(org, checked(nameSchema, request.params).name);
    });

    server.post('/models/:name/release', { schema: releasing }, async (request) => {
      const { identity, org } = await asked(request, 'act');
      const { name } = checked(nameSchema, request.params);
      const at = new Date(clock.now()).toISOString();
      const command = { ...checked(releaseSchema, request.body), by: identity.subject, at };
      await models.release(org, name, command);
      return { model: name, ...command };
    });
  };
}

const orgQuerySchema = z.object({ org: orgSchema.exactOptional() });
const nameSchema = z.object({ name: z.string() });

const answer = (description: string, schema: z.ZodType) => ({
  description,
  content: { 'application/json': { schema: jsonSchemaOf(schema, 'output') } },
});

const tags = ['models'];
const querystring = jsonSchemaOf(orgQuerySchema);
const params = jsonSchemaOf(nameSchema);

const listing: FastifySchema = {
  tags,
  summary: 'The models that learn from outcomes',
  querystring,
  response: { 200: answer('All of them, by name', z.object({ models: z.array(modelSchema) })) },
  refuses: ['request-malformed', 'not-found'],
};

const detail: FastifySchema = {
  tags,
  summary: 'A model: what judges, what it has learned, and which versions there is a way back to',
  params,
  querystring,
  response: { 200: answer('The model', modelSchema) },
  refuses: ['request-malformed', 'not-found'],
};

const releasing: FastifySchema = {
  tags,
  summary: 'Go back to a version of a model, or on to what it has learned; for all events from then on',
  params,
  querystring,
  body: jsonSchemaOf(releaseSchema),
  response: {
    200: answer('As it was asked', releaseSchema.extend({ model: z.string(), by: z.string(), at: z.string() })),
  },
  refuses: ['request-malformed', 'not-found', 'log-unavailable', 'log-full'],
};

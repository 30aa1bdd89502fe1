import type { FastifyPluginAsync, FastifyRequest, FastifySchema } from 'fastify';
import { z } from 'zod';
import {
  agentSchema,
  providerSchema,
  selectionRequestSchema,
  selectionSchema,
  suggestionsSchema,
  workerSchema,
} from '../../../schemas/agent.ts';
import { checked, jsonSchemaOf } from '../../../schemas/checked.ts';
import { orgSchema } from '../../../schemas/push.ts';
import { orgFor, type Authenticator } from '../../auth/identity.ts';

export interface AgentRouteDeps {
  readonly agents: {
    list(org: string): z.output<typeof listSchema>;
    select(org: string, request: z.output<typeof selectionRequestSchema>): z.output<typeof selectionSchema>;
    suggestions(org: string): z.output<typeof suggestionsSchema>;
  };
  readonly authenticator: Authenticator;
  readonly orgs: readonly string[];
}

const path = '/api/v1/orchestration';

/** Agents: who there is and how they are, who would be chosen and why, and what past runs suggest. Nothing here changes anything. */
export function agentRoutes({ agents, authenticator, orgs }: AgentRouteDeps): FastifyPluginAsync {
  async function orgOf(request: FastifyRequest): Promise<string> {
    const identity = await authenticator.identify(request.headers.authorization);
    const { org: named } = checked(orgQuerySchema, request.query);
    return orgFor(identity, 'read', named, orgs);
  }

  return async (server) => {
    server.get(`${path}/agents`, { schema: listing }, async (request) => agents.list(await orgOf(request)));

    server.post(`${path}/agents/select`, { schema: selecting }, async (request) => {
      const org = await orgOf(request);
      return agents.select(org, checked(selectionRequestSchema, request.body));
    });

    server.get(`${path}/suggestions`, { schema: suggesting }, async (request) =>
      agents.suggestions(await orgOf(request)),
    );
  };
}

const orgQuerySchema = z.object({ org: orgSchema.exactOptional() });
const listSchema = z.object({
  agents: z.array(agentSchema),
  workers: z.array(workerSchema),
  providers: z.array(providerSchema).describe('Models that runs of this organisation asked, as these have shown them'),
});

const answer = (description: string, schema: z.ZodType) => ({
  200: { description, content: { 'application/json': { schema: jsonSchemaOf(schema, 'output') } } },
});

const tags = ['orchestration'];
const querystring = jsonSchemaOf(orgQuerySchema);
const refuses = ['request-malformed', 'not-found'] as const;

const listing: FastifySchema = {
  tags,
  summary: 'The agents: what they can do, how they are, the workers that carry them, and the models they asked',
  querystring,
  response: answer('All of them', listSchema),
  refuses,
};

const selecting: FastifySchema = {
  tags,
  summary: 'Who would do a step now, everybody else’s place, and each reason; starts nothing',
  querystring,
  body: jsonSchemaOf(selectionRequestSchema),
  response: answer('The ranking, best first; those who are out come last', selectionSchema),
  refuses,
};

const suggesting: FastifySchema = {
  tags,
  summary: 'What past runs suggest: the order of steps that went with findings',
  querystring,
  response: answer('The surest first. What goes with success need not be its cause', suggestionsSchema),
  refuses,
};

import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { checked } from '../../../schemas/checked.ts';
import { orgSchema } from '../../../schemas/push.ts';
import { orgFor, type Authenticator, type Right } from '../../auth/identity.ts';
import { WeirError } from '../../core/errors.ts';

/** What the addresses of runs have in common. */
export const sessionsPath = '/api/v1/orchestration/sessions';

export const idPattern = /^[0-9a-f]{32}$/;
export const idSchema = z.object({ id: z.string() });
export const orgQuerySchema = z.object({ org: orgSchema.exactOptional() });

/** Who asks, and of which organisation. Rejects as the token does, and with `not-allowed`. */
export async function orgOf(
  request: FastifyRequest,
  right: Right,
  authenticator: Authenticator,
  orgs: readonly string[],
): Promise<{ readonly by: string; readonly org: string }> {
  const identity = await authenticator.identify(request.headers.authorization);
  const { org: named } = checked(orgQuerySchema, request.query);
  return { by: identity.subject, org: orgFor(identity, right, named, orgs) };
}

/** An id is part of a subject: nothing that is not a hash goes there. */
export function idIn(request: FastifyRequest): string {
  const { id } = checked(idSchema, request.params);
  return known(id.slice(0, 64), idPattern.test(id) ? id : undefined);
}

/** What was found of a session; throws `not-found` where there is none. */
export function known<T>(id: string, found: T | undefined): T {
  if (found === undefined) throw new WeirError('not-found', `There is no session ${id}.`);
  return found;
}

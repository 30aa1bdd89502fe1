import { checked } from '../../schemas/checked.ts';
import { orgSchema } from '../../schemas/push.ts';
import { demand, orgOf, type Identity } from '../auth/identity.ts';

/**
 * The organisation whose alerts an identity asks for. Throws `not-allowed`, or `request-malformed` for a name that is
 * none: it becomes part of a subject, where `*` would mean all of them.
 */
export function orgToRead(identity: Identity, named: string | undefined, configured: readonly string[]): string {
  const org = checked(orgSchema, orgOf(identity, named, configured));
  demand(identity, 'read', org);
  return org;
}

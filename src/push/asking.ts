import { checked } from '../../schemas/checked.ts';
import { orgSchema } from '../../schemas/push.ts';
import { orgFor, type Identity } from '../auth/identity.ts';

/** The organisation whose alerts an identity asks for. Throws as `orgFor` does, and `request-malformed` for a name that can be none. */
export function orgToRead(identity: Identity, named: string | undefined, configured: readonly string[]): string {
  return orgFor(identity, 'read', named === undefined ? undefined : checked(orgSchema, named), configured);
}

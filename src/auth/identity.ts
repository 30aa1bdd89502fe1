import { WeirError } from '../core/errors.ts';

/**
 * `push`: send events. `read`: alerts, queries, runs of agents. `act`: acknowledge, resolve and judge alerts, release models, ask for runs, cancel
 * them, approve what they want to do.
 */
export const rights = ['push', 'read', 'act'] as const;
export type Right = (typeof rights)[number];

/**
 * Who is asking. `org` is one organisation, or `*` for an operator's token. `roles` bound which alerts are seen, and nothing else: queries and
 * runs show the whole organisation; none: all.
 */
export interface Identity {
  readonly subject: string;
  readonly org: string;
  readonly roles: readonly string[];
  readonly rights: readonly Right[];
}

/** P Tells who stands behind an `Authorization` header. Rejects with `token-missing` or `token-wrong`. */
export interface Authenticator {
  /** False while no tokens are configured: then weir listens on loopback alone and everybody is the local operator. */
  readonly required: boolean;
  identify(authorization: string | undefined): Promise<Identity>;
}

/** Refuses (`not-allowed`) unless the identity has the right in that org. */
export function demand(identity: Identity, right: Right, org: string): void {
  if (!identity.rights.includes(right)) {
    throw new WeirError('not-allowed', `This token lacks the right "${right}".`);
  }
  if (identity.org !== '*' && identity.org !== org) {
    throw new WeirError('not-allowed', `This token is not for the organisation "${org}".`);
  }
}

/** Whether the identity may say what any alert is worth: it may act, and no roles keep alerts from it. */
export const judges = ({ rights, roles }: Identity): boolean => rights.includes('act') && roles.length === 0;

/**
 * The org in which the identity uses its right. Throws as `orgOf` and `demand` do, and `not-found` where it is not configured:
 * what is asked under a mistyped name would look as if nothing had happened there.
 */
export function orgFor(
  identity: Identity,
  right: Right,
  named: string | undefined,
  configured: readonly string[],
): string {
  const org = orgOf(identity, named, configured);
  demand(identity, right, org);
  if (!configured.includes(org)) throw new WeirError('not-found', 'There is no such organisation.');
  return org;
}

/**
 * The org a request is about: the token's own; with an operator's token the one named, or the only one configured.
 * Throws `request-malformed` where it cannot be told.
 */
export function orgOf(identity: Identity, named: string | undefined, configured: readonly string[]): string {
  const org = named ?? (identity.org === '*' ? (configured.length === 1 ? configured[0] : undefined) : identity.org);
  if (org === undefined) throw new WeirError('request-malformed', 'Name the organisation: ?org=…');
  return org;
}

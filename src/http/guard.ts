import type { FastifyInstance } from 'fastify';
import { WeirError } from '../core/errors.ts';

/** Headers that every answer carries. Answers are for those who asked, so nothing between keeps them. */
export function addSecurityHeaders(server: FastifyInstance): void {
  server.addHook('onRequest', async (request, reply) => {
    reply.headers({ ...securityHeaders, 'x-request-id': request.id });
  });
}

export const securityHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/**
 * Without tokens everybody on this machine is the operator, and so is any web page open in its browser. A page shows by its
 * `Origin`, or by a `Host` that is not ours (a name that was made to point here): both are refused. Webhooks are let through:
 * they come from outside, under whatever name, and are signed.
 */
export function keepPagesOut(server: FastifyInstance, isOurs: (hostname: string) => boolean): void {
  server.addHook('onRequest', async (request) => {
    if (request.url.startsWith('/webhooks/')) return;
    const { origin, host } = request.headers;
    const named = [host === undefined ? undefined : `http://${host}`, origin].filter((each) => each !== undefined);
    if (named.every((address) => URL.canParse(address) && isOurs(new URL(address).hostname))) return;
    throw new WeirError(
      'not-allowed',
      'Without auth.tokens weir answers on loopback names and http.publicUrl alone, and not to pages from elsewhere.',
    );
  });
}

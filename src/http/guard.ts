import type { FastifyInstance, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { WeirError } from '../core/errors.ts';

/** Headers that every answer carries. Answers are for those who asked, so nothing between keeps them. */
export function addSecurityHeaders(server: FastifyInstance): void {
  server.addHook('onRequest', (request, reply, done) => {
    reply.headers(securityHeaders).header('x-request-id', request.id);
    done();
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
  const why =
    'Without auth.tokens weir answers on loopback names and http.publicUrl alone, and not to pages from elsewhere.';
  // Whoever sends much sends it under one name.
  const judged = new LRUCache<string, boolean>({ max: 100 });
  server.addHook('onRequest', (request, _, done) => {
    done(request.url.startsWith('/webhooks/') || isFromHere(request) ? undefined : new WeirError('not-allowed', why));
  });

  function isFromHere({ headers: { origin, host } }: FastifyRequest): boolean {
    const named = [host === undefined ? undefined : `http://${host}`, origin].filter((each) => each !== undefined);
    return named.every((address) => {
      const ours = judged.get(address) ?? (URL.canParse(address) && isOurs(new URL(address).hostname));
      judged.set(address, ours);
      return ours;
    });
  }
}

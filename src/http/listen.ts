import type { FastifyInstance } from 'fastify';
import { WeirError } from '../core/errors.ts';

/** Where it listens then. Throws `config-invalid` where the address, or the port, cannot be had. */
export async function listenAt(
  server: Pick<FastifyInstance, 'listen'>,
  address: { readonly host: string; readonly port: number },
): Promise<string> {
  try {
    return await server.listen({ ...address });
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? refusals[String(error.code)]?.(address) : undefined;
    if (why === undefined) throw error;
    throw new WeirError('config-invalid', why, { cause: error });
  }
}

const foreign = ({ host }: { readonly host: string }) => `http.host: ${host} is no address of this machine`;

const refusals: Readonly<Record<string, (address: { readonly host: string; readonly port: number }) => string>> = {
  EADDRINUSE: ({ host, port }) =>
    `http.port: something listens at ${host}:${port} already, perhaps another weir; stop it, or set another port (WEIR_HTTP_PORT)`,
  EACCES: ({ port }) =>
    `http.port: weir may not listen on port ${port}; one above 1023 needs no rights (WEIR_HTTP_PORT)`,
  EADDRNOTAVAIL: foreign,
  ENOTFOUND: foreign,
};

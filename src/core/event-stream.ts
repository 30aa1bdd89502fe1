import type { ServerResponse } from 'node:http';

/** What an answer is begun on: a reply of Fastify. */
export interface StreamReply {
  readonly raw: ServerResponse;
  getHeaders(): Readonly<Record<string, number | string | string[] | undefined>>;
  /** Whoever streams it answers, and nobody else. */
  hijack(): unknown;
}

/** Begins an answer of server-sent events, with the headers that were set before. What is written to `raw` follows. */
export function beginEventStream(reply: StreamReply): ServerResponse {
  const given = Object.entries(reply.getHeaders()).filter((header): header is [string, string] => !!header[1]);
  reply.hijack();
  return reply.raw.writeHead(200, {
    ...Object.fromEntries(given),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
}

/** An event; `data` goes as JSON. Without an id, whoever comes back goes on from the one before. */
export const eventFrame = (id: string | number | undefined, event: string, data: object): string =>
  `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

/**
 * To be called now and then: a comment keeps what stands between from closing the connection. It must be taken, too: where nothing was
 * in `unansweredMax` calls, the connection is cut and `silent` called.
 */
export function beatOf(response: ServerResponse, unansweredMax: number, silent: () => void = () => undefined) {
  let unanswered = 0;
  response.on('drain', () => {
    unanswered = 0;
  });
  return (): void => {
    unanswered = response.writableLength === 0 ? 0 : unanswered + 1;
    if (unanswered === 0) response.write(': ping\n\n');
    if (unanswered <= unansweredMax) return;
    silent();
    response.destroy();
  };
}

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

export interface Received {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Answer = (received: Received, response: ServerResponse) => Promise<void> | void;

/** Answers as weir does when everything is in the log. */
export function taken({ body }: Received, response: ServerResponse): void {
  const parsed: unknown = JSON.parse(body);
  const accepted = Array.isArray(parsed) ? parsed.length : 1;
  response
    .writeHead(202, { 'content-type': 'application/json' })
    .end(JSON.stringify({ accepted, duplicates: 0, ignored: 0, deadLettered: 0, ids: [] }));
}

/** Something that answers in weir's place, on a free port where none is named. */
export async function aServer(answer: Answer = taken, port = 0) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const one = { path: request.url ?? '', headers: request.headers, body };
      received.push(one);
      return answer(one, response);
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  let open = true;
  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    received,
    async close() {
      if (!open) return;
      open = false;
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** Stands in for a daemon: answers each request as the test says, until the test is over. */
export async function daemon(answer: (request: IncomingMessage, response: ServerResponse) => unknown): Promise<string> {
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    const closed = once(server, 'close');
    server.close().closeAllConnections();
    await closed;
  });
  const address = server.address() as AddressInfo;
  return `http://127.0.0.1:${address.port}`;
}

import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * A port that was free a moment ago, below those the system gives to outgoing connections: while whoever has it is
 * dead, one of those that try to reach it might be given its port, and so reach itself.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    const server = createServer();
    const listening = once(server.listen(port, '127.0.0.1'), 'listening').then(
      () => true,
      () => false,
    );
    if (!(await listening)) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}

import { createEmbeddedLog } from '../../src/log/embedded.ts';
import { createJetStreamLog } from '../../src/log/jetstream.ts';
import { streamDefinitions } from '../../src/log/streams.ts';

/**
 * A process that appends for ever, eight at a time, and prints `<sequence> <id>` for each that was acknowledged.
 * Its tests kill it. `appender.ts embedded <path>` or `appender.ts jetstream <url>`, then a name that makes its ids its own.
 */
const [, , kind = '', where = '', name = ''] = process.argv;
const definitions = streamDefinitions();
const happened = { logDisconnected: () => undefined, logReconnected: () => undefined };
const log =
  kind === 'embedded'
    ? await createEmbeddedLog({ path: where, definitions, clock: { now: () => Date.now() }, happened })
    : await createJetStreamLog({ url: where, definitions, happened });

let count = 0;
async function appendForEver(): Promise<never> {
  for (;;) {
    count += 1;
    const id = `${name}-${count}`;
    const appended = await log.append({
      stream: 'EVENTS',
      subject: 'weir.events.0.acme.custom',
      data: Buffer.from(id),
      id,
    });
    if (appended.kind === 'appended') process.stdout.write(`${appended.sequence} ${id}\n`);
  }
}
await Promise.all(Array.from({ length: 8 }, appendForEver));

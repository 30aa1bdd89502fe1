/**
 * A process to be killed: an archive over the embedded log and the embedded ClickHouse of a folder, fed with events numbered from
 * where the log ends. Says on stdout how far the log is; with `finish` it feeds nothing, archives all and prints what is stored.
 */
import { createEmbeddedLog } from '../../src/log/embedded.ts';
import { streamDefinitions } from '../../src/log/streams.ts';
import { subjects } from '../../src/log/subjects.ts';
import { systemClock } from '../../src/core/clock.ts';
import { createArchive } from '../../src/store/clickhouse/archive.ts';
import { createClickHouseStore } from '../../src/store/clickhouse/client.ts';
import { createThreadedRewriter } from '../../src/store/clickhouse/rewriter/threaded.ts';
import { anEvent, notedArchive } from '../support/store.ts';
import { until } from '../support/until.ts';

const [folder = '', mode = '', total = '0'] = process.argv.slice(2);
const clock = systemClock;
const log = await createEmbeddedLog({
  path: `${folder}/log`,
  definitions: streamDefinitions(),
  clock,
  happened: { logDisconnected: () => undefined, logReconnected: () => undefined },
});
const store = await createClickHouseStore({ path: `${folder}/clickhouse` });
const { happened, notes } = notedArchive();
const rewriter = createThreadedRewriter();
const archive = createArchive({
  log,
  store,
  rewriter,
  clock,
  happened,
  owner: `${process.pid}`,
  limits: { maxRows: 400, maxAgeMs: 20, maxBytes: 8 * 1024 ** 2 },
});
await archive.start();

if (mode === 'feed') await feed(Number(total));
else await finish();

async function feed(through: number): Promise<void> {
  const { lastSequence } = await log.info('EVENTS');
  process.stdout.write('ready\n');
  for (let from = lastSequence + 1; from <= through; from += 50) {
    const numbers = Array.from({ length: Math.min(50, through - from + 1) }, (_, index) => from + index);
    await Promise.all(numbers.map((number) => append(number)));
    process.stdout.write(`${from}\n`);
  }
  await new Promise(() => setInterval(() => undefined, 1_000));
}

/** Over two years of event time, so that one batch is many parts. */
async function append(number: number): Promise<void> {
  const time = new Date(Date.UTC(2024, number % 24, 1 + (number % 28))).toISOString();
  const event = anEvent({ id: `e${number}`, entity: `account:${number % 40}`, time, receivedAt: time });
  await log.append({
    stream: 'EVENTS',
    subject: subjects.event(0, event.org, event.origin),
    data: Buffer.from(JSON.stringify(event)),
  });
}

async function finish(): Promise<void> {
  const { lastSequence } = await log.info('EVENTS');
  await until(() => archive.account('EVENTS')?.position.sequence === lastSequence);
  const [stored] = await store.inquire(
    'SELECT toUInt32(count()) AS events, toUInt32(uniqExact(id)) AS ids FROM weir.events SETTINGS final = 1',
  );
  const repeated = notes.filter(({ name }) => name === 'archiveRepeated').length;
  const counts = archive.account('EVENTS')?.counts;
  await archive.stop();
  await rewriter.close();
  await store.close();
  await log.close();
  process.stdout.write(`${JSON.stringify({ lastSequence, stored, counts, repeated })}\n`);
}

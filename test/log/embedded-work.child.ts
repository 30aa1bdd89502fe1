/** Takes an item of work from an embedded log, says so in RUNS as a worker does, prints how often it was delivered, and dies of it. */
import { systemClock } from '../../src/core/clock.ts';
import { createEmbeddedLog } from '../../src/log/embedded.ts';
import { subjects } from '../../src/log/subjects.ts';
import { smallDefinitions, smallWork } from '../support/log.ts';

const log = await createEmbeddedLog({
  path: process.argv[2] ?? '',
  definitions: smallDefinitions,
  work: smallWork,
  clock: systemClock,
  happened: { logDisconnected: () => undefined, logReconnected: () => undefined },
});
log.work.take({ atOnce: 1, handle: (item) => void die(item.deliveries) });
await log.work.add({ org: 'acme', id: 'deadly', data: Buffer.from('deadly') });

async function die(deliveries: number): Promise<void> {
  await log.append({ stream: 'RUNS', subject: subjects.run('acme', 'r'), data: Buffer.from('started') });
  process.stdout.write(String(deliveries), () => process.kill(process.pid, 'SIGKILL'));
}

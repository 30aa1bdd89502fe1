/**
 * A daemon's part in orchestration on JetStream, to be killed at random: carries out runs until it is told to end. Each attempt fails with
 * the chance given, half of the time before and half after it did what it does to the outside: a line in a file of its own key, which must
 * not be there.
 */
import { closeSync, openSync } from 'node:fs';
import { once } from 'node:events';
import { fnv1a32 } from '../../src/core/ids.ts';
import { sfc32 } from '../../src/core/random.ts';
import { createJetStreamLog } from '../../src/log/jetstream.ts';
import { defaultWork, streamDefinitions } from '../../src/log/streams.ts';
import { aDecider, anAgent } from '../orchestration/support/reference.ts';
import { createRig } from '../orchestration/support/rig.ts';

const [url = '', effects = '', faults = '0', inFlight = '200', seed = '0'.repeat(32)] = process.argv.slice(2);
const chance = sfc32(seed);

const agent = (name: string) =>
  anAgent(name, (key) => {
    const drawn = chance();
    if (drawn < Number(faults) / 2) throw new Error('it fails before');
    doOnce(key);
    if (drawn < Number(faults)) throw new Error('it fails after');
    return {};
  });

function doOnce(key: string): void {
  try {
    closeSync(openSync(`${effects}/${fnv1a32(key) % 64}/${key.replaceAll('/', '_')}`, 'wx'));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

const log = await createJetStreamLog({
  url,
  definitions: streamDefinitions(),
  work: { ...defaultWork, leaseMs: 2_000 },
  happened: { logDisconnected: () => undefined, logReconnected: () => undefined },
});
const rig = createRig({
  log,
  how: aDecider(),
  agents: [agent('first'), agent('second')],
  name: String(process.pid),
  inFlightPerOrg: Number(inFlight),
});
await rig.start();
console.log('ready');
await once(process, 'SIGTERM');
await rig.stop();
await log.close();

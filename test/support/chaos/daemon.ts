/**
 * A daemon's part in orchestration, to be killed at random: carries out runs until it is told to end. Each attempt fails with
 * the chance given, half of the time before and half after it did what it does to the outside: a file of its own key, which must
 * not be there. Of one run in fifty the last step is refused, so that what it did is taken back. The embedded log belongs to this process, so there it also asks for the runs, and prints how far it has come.
 */
import { once } from 'node:events';
import { fnv1a32 } from '../../../src/core/ids.ts';
import { sfc32 } from '../../../src/core/random.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { createEmbeddedLog } from '../../../src/log/embedded.ts';
import { createJetStreamLog } from '../../../src/log/jetstream.ts';
import { defaultWork, streamDefinitions } from '../../../src/log/streams.ts';
import { AgentFault } from '../../../src/orchestration/fault.ts';
import { aDecider, anAgent } from '../../orchestration/support/reference.ts';
import { createRig } from '../../orchestration/support/rig.ts';
import { doOnce } from './effects.ts';
import { askForRuns, countEnds } from './requests.ts';
import { parseOrders, type Progress } from './orders.ts';

const orders = parseOrders(process.argv[2] ?? '');
const chance = sfc32(orders.seed);

const agent = (name: string) =>
  anAgent(name, (key) => {
    if (key.endsWith('/e') && fnv1a32(key) % 50 === 0) throw new AgentFault('refused', 'it may not be done');
    const drawn = chance();
    if (drawn < orders.faults / 2) throw new Error('it fails before');
    doOnce(orders.effects, key);
    if (drawn < orders.faults) throw new Error('it fails after');
    return {};
  });

const common = {
  definitions: streamDefinitions(),
  // Items of who was killed come again soon.
  work: { ...defaultWork, leaseMs: 2_000 },
  happened: { logDisconnected: () => undefined, logReconnected: () => undefined },
};
const log =
  orders.kind === 'jetstream'
    ? await createJetStreamLog({ url: orders.where, ...common })
    : await createEmbeddedLog({ path: orders.where, clock: systemClock, ...common });
const rig = createRig({
  log,
  how: aDecider(),
  agents: [agent('first'), agent('second')],
  name: String(process.pid),
  inFlightPerOrg: orders.inFlight,
});
await rig.start();

const progress: Progress = { ...orders.from };
const tell = () => console.log(JSON.stringify(progress));
tell();
const told = once(process, 'SIGTERM');
// While the last run waits to be tried again nothing else keeps Node from ending. A real daemon listens.
const alive = setInterval(() => undefined, 1_000);
if (orders.kind === 'embedded') {
  void countEnds(log, {
    after: progress.readTo,
    saw(ends, sequence) {
      progress.ended += ends;
      progress.readTo = sequence;
      tell();
    },
  });
  await askForRuns(log, { from: progress.asked, to: orders.runs, asked: (count) => (progress.asked = count) });
}
await told;
clearInterval(alive);
await rig.stop();
await log.close();

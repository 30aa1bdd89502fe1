/**
 * A daemon's part in orchestration, to be killed: it starts the reference run `id` unless that was started, carries it out, prints the run's
 * result as one line of JSON and ends. With `dieAt` it kills itself at that fact of the run: every odd number when it has read the fact, every
 * even one as soon as the append that follows it is in the log and nobody knows yet. `rigs`: conductors and workers in this one process.
 * Several ids: it starts none, carries out whatever there is, and prints a line for each when it has ended.
 */
import { closeSync, openSync } from 'node:fs';
import { systemClock } from '../../src/core/clock.ts';
import { createEmbeddedLog } from '../../src/log/embedded.ts';
import { createJetStreamLog } from '../../src/log/jetstream.ts';
import type { Log } from '../../src/log/log.ts';
import { defaultWork } from '../../src/log/streams.ts';
import { factOf, factsOf } from '../../src/orchestration/fold.ts';
import { startRun } from '../../src/orchestration/start.ts';
import { smallDefinitions } from '../support/log.ts';
import { aDecider, anAgent, aRequest } from '../orchestration/support/reference.ts';
import { createRig, untilEnded } from '../orchestration/support/rig.ts';

const [where = '', effects = '', dieAt = '0', rigs = '1', id = 'r'] = process.argv.slice(2);
const ids = id.split(',');
const die = () => process.kill(process.pid, 'SIGKILL');
const common = {
  definitions: smallDefinitions,
  // Items of who was killed come again soon.
  work: { ...defaultWork, maxBytes: 16 * 1024 ** 2, leaseMs: 1_000 },
  happened: { logDisconnected: () => undefined, logReconnected: () => undefined },
};
const log = where.startsWith('nats:')
  ? await createJetStreamLog({ url: where, ...common })
  : await createEmbeddedLog({ path: where, clock: systemClock, ...common });

let facts = 0;
const mortal: Log = {
  ...log,
  async append(message) {
    const appended = await log.append(message);
    if (Number(dieAt) > 0 && Number(dieAt) % 2 === 0 && facts + 1 >= Number(dieAt)) die();
    return appended;
  },
};

/** What an agent does to the outside, once for a key: a file that must not be there. */
const agent = anAgent('first', (key) => {
  try {
    closeSync(openSync(`${effects}/${key.replaceAll('/', '_')}`, 'wx'));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  return { [key.slice(key.indexOf('/') + 1)]: 1 };
});

const daemons = Array.from({ length: Number(rigs) }, (_, index) =>
  createRig({
    log: mortal,
    how: aDecider(),
    agents: [agent],
    name: `${process.pid}.${index}`,
    onFact(run) {
      if (run !== id) return;
      if (index === 0) facts += 1;
      if (Number(dieAt) % 2 === 1 && facts >= Number(dieAt)) die();
    },
  }),
);
for (const daemon of daemons) await daemon.start();
if (ids.length === 1) await startRun(mortal, systemClock, aRequest(id));
const runs = await Promise.all(ids.map((each) => untilEnded(log, each, 240_000)));
for (const daemon of daemons) await daemon.stop();
await log.close();
for (const run of runs) {
  console.log(
    JSON.stringify({
      outcome: factOf(run, 'run-ended')?.fact.outcome,
      result: factOf(run, 'result-synthesised')?.fact.result,
      finished: factsOf(run, 'step-finished')
        .map(({ fact }) => fact.step)
        .toSorted(),
      facts: run.facts.size,
    }),
  );
}
